{{/*
A Deployment of a program that nobody connects to: (dict "root" $ "component" "rater" "command" (list ...)
"secret" (dict "name" SECRET "key" KEY "path" FILE) "strategy" TEXT); the last two may be left out.
*/}}
{{- define "hubmeter.daemon" -}}
{{- $root := .root -}}{{- $component := .component -}}{{- $values := index $root.Values $component -}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "hubmeter.name" $root }}-{{ $component }}
  labels: {{- include "hubmeter.labels" (list $root $component) | nindent 4 }}
spec:
  replicas: {{ $values.replicas | default 1 }}
  {{- with .strategy }}
  strategy: {type: {{ . }}}
  {{- end }}
  selector:
    matchLabels: {{- include "hubmeter.selector" (list $root $component) | nindent 6 }}
  template:
    metadata:
      labels: {{- include "hubmeter.labels" (list $root $component) | nindent 8 }}
      annotations:
        checksum/config: {{ include (print $root.Template.BasePath "/config.yaml") $root | sha256sum }}
    spec:
      {{- include "hubmeter.pullSecrets" $root | nindent 6 }}
      {{- include "hubmeter.nobody" $root | nindent 6 }}
      terminationGracePeriodSeconds: 30
      nodeSelector: {{- toYaml $values.nodeSelector | nindent 8 }}
      tolerations: {{- toYaml $values.tolerations | nindent 8 }}
      containers:
        - name: {{ $component }}
          {{- include "hubmeter.image" (list $root "server") | nindent 10 }}
          command: {{- toYaml .command | nindent 12 }}
          env: {{- include "hubmeter.password" $values | default "[]" | nindent 12 }}
          {{- include "hubmeter.confined" $root | nindent 10 }}
          resources: {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            {{- include "hubmeter.mounts" (list $root $component) | nindent 12 }}
            {{- with .secret }}
            - {name: secret, mountPath: /etc/hubmeter-secret, readOnly: true}
            {{- end }}
      volumes:
        {{- include "hubmeter.volumes" (list $root $component $values) | nindent 8 }}
        {{- with .secret }}
        {{- include "hubmeter.secretVolume" (dict "volume" "secret" "secret" . "path" "secret") | nindent 8 }}
        {{- end }}
{{- end }}
