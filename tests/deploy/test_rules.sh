#!/usr/bin/env bash
# Prometheus takes the alert rules, and every one of them fires and stays silent as deploy/prometheus/tests says.
set -euo pipefail
: "${HUBMETER_SOURCE_DIR:?}"
promtool=$HUBMETER_SOURCE_DIR/deploy/local/promtool
cd "$HUBMETER_SOURCE_DIR/deploy/prometheus"
"$promtool" check rules ./*.rules.yaml
"$promtool" test rules "$HUBMETER_SOURCE_DIR"/tests/deploy/rules/*.yaml
