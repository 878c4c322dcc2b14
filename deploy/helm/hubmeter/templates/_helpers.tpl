{{/* Names: at most 63 characters, with room for what is behind. */}}
{{- define "hubmeter.name" -}}
{{- if contains "hubmeter" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}{{ printf "%s-hubmeter" (.Release.Name | trunc 40 | trimSuffix "-") }}{{ end }}
{{- end }}

{{/* Labels of everything: (list $ component) */}}
{{- define "hubmeter.labels" -}}
{{- $root := index . 0 -}}
{{ include "hubmeter.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Labels that a workload finds its pods by, which never change: (list $ component) */}}
{{- define "hubmeter.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: hubmeter
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* (list $ "collector" or "server") */}}
{{- define "hubmeter.image" -}}
{{- $root := index . 0 -}}
image: {{ printf "%s:%s" (index $root.Values.image (index . 1)) (default $root.Chart.AppVersion $root.Values.image.tag) | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
{{- end }}

{{- define "hubmeter.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* A value as options are written: yes and no, and whole numbers whole (YAML's are floating). */}}
{{- define "hubmeter.value" -}}
{{- if kindIs "bool" . }}{{ ternary "yes" "no" . }}
{{- else if kindIs "float64" . }}{{ int64 . }}
{{- else }}{{ . }}{{ end }}
{{- end }}

{{/* Lines of a configuration file. */}}
{{- define "hubmeter.lines" -}}
{{- range $name, $value := . }}
{{ printf "%s = %s" $name (include "hubmeter.value" $value) | trim }}
{{- end }}
{{- end }}

{{/* What all programs say to Kafka. */}}
{{- define "hubmeter.kafka" -}}
{{- if not (index .Values.kafka.config "bootstrap.servers") }}
{{- $_ := required "kafka.config: say where Kafka is: \"bootstrap.servers\": HOST:PORT,..." "" }}
{{- end }}
{{- range $name, $value := .Values.kafka.config }}
kafka.{{ $name }} = {{ include "hubmeter.value" $value }}
{{- end }}
{{- if .Values.kafka.tlsSecret }}
kafka.ssl.ca.location = /etc/hubmeter-kafka/ca.crt
{{- end }}
{{- end }}

{{/* libpq's words for a user: (list $ user) */}}
{{- define "hubmeter.postgres" -}}
{{- $root := index . 0 -}}
{{ required "postgres.conninfo: say where PostgreSQL is: host=... dbname=..." $root.Values.postgres.conninfo }}
{{- with index . 1 }} user={{ . }}{{ end }}
{{- if $root.Values.postgres.caSecret }} sslrootcert=/etc/hubmeter-postgres/ca.crt{{ end }}
{{- end }}

{{/* A password by reference: (values of the component) */}}
{{- define "hubmeter.password" -}}
{{- with .passwordSecret }}
{{- if .name }}
- name: PGPASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- end }}

{{/* What a container of a server may do: nothing. */}}
{{- define "hubmeter.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "hubmeter.nobody" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* Volumes and where they are, by the component's name: (list $ component values) */}}
{{- define "hubmeter.volumes" -}}
{{- $root := index . 0 -}}{{- $component := index . 1 -}}{{- $values := index . 2 -}}
- name: config
{{- if $values.configSecret }}
  secret: {secretName: {{ $values.configSecret }}, defaultMode: 0440}
{{- else }}
  configMap: {name: {{ include "hubmeter.name" $root }}-{{ $component }}}
{{- end }}
{{- if $root.Values.kafka.tlsSecret }}
- name: kafka
  secret: {secretName: {{ $root.Values.kafka.tlsSecret }}, defaultMode: 0440}
{{- end }}
{{- if and $root.Values.postgres.caSecret (ne $component "collector") }}
- name: postgres
  secret: {secretName: {{ $root.Values.postgres.caSecret }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{- define "hubmeter.mounts" -}}
{{- $root := index . 0 -}}{{- $component := index . 1 -}}
- {name: config, mountPath: /etc/hubmeter, readOnly: true}
{{- if $root.Values.kafka.tlsSecret }}
- {name: kafka, mountPath: /etc/hubmeter-kafka, readOnly: true}
{{- end }}
{{- if and $root.Values.postgres.caSecret (ne $component "collector") }}
- {name: postgres, mountPath: /etc/hubmeter-postgres, readOnly: true}
{{- end }}
{{- end }}

{{/* One key of a Secret as a file: (dict "volume" NAME "secret" {name, key} "path" FILE) */}}
{{- define "hubmeter.secretVolume" -}}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret.name }}
    defaultMode: 0440
    items: [{key: {{ .secret.key }}, path: {{ .path }}}]
{{- end }}
