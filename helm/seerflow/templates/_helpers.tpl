{{- define "seerflow.name" -}}
{{- if contains "seerflow" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-seerflow" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Labels of everything. */}}
{{- define "seerflow.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{ include "seerflow.selector" . }}
{{- end }}

{{- define "seerflow.selector" -}}
app.kubernetes.io/name: seerflow
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "seerflow.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* Seerflow's configuration; without a cluster there would be an embedded broker in every pod. A pod is one worker,
     so metrics are at the first port, and probes and scrapers come from outside the pod's loopback. */}}
{{- define "seerflow.config" -}}
{{- $_ := required "config.kafka.bootstrap: missing; the chart brings no Kafka, name yours as host:port" .Values.config.kafka.bootstrap -}}
{{- $metrics := dict "listen" "0.0.0.0" "base_port" (int .Values.metrics.port) -}}
{{ toYaml (mergeOverwrite (deepCopy .Values.config) (dict "metrics" $metrics)) }}
{{- end }}

{{/* The port behind host:port. */}}
{{- define "seerflow.port" -}}
{{ regexFind "[0-9]+$" . }}
{{- end }}

{{- define "seerflow.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.pod.run_as }}
runAsGroup: {{ .Values.pod.run_as }}
fsGroup: {{ .Values.pod.run_as }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "seerflow.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities: {drop: [ALL]}
{{- end }}

{{/* A worker's pod: (dict "root" $ "stage" name "of" its values "command" list "stateful" bool). */}}
{{- define "seerflow.pod" -}}
{{- $values := .root.Values -}}
metadata:
  labels:
    {{- include "seerflow.selector" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .stage }}
    {{- with $values.pod.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    seerflow/config: {{ include "seerflow.config" .root | sha256sum }}
    {{- with $values.pod.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "seerflow.name" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 60
  {{- with $values.image.pull_secrets }}
  imagePullSecrets: {{- range . }}
    - name: {{ . }}
  {{- end }}
  {{- end }}
  {{- with $values.pod.priority_class }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.pod.node_selector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.pod.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.pod.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "seerflow.selector" .root | nindent 10 }}
          app.kubernetes.io/component: {{ .stage }}
  securityContext: {{- include "seerflow.podSecurity" .root | nindent 4 }}
  containers:
    - name: {{ .stage }}
      image: {{ include "seerflow.image" .root }}
      imagePullPolicy: {{ $values.image.pull_policy }}
      args: {{ toJson .command }}
      env:
        # Who this worker is in its consumer group: with a StatefulSet the same after every restart.
        - name: SEERFLOW_INSTANCE
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        - {name: SEERFLOW_CONFIG, value: /etc/seerflow/config.yaml}
        - {name: SEERFLOW_STATE, value: /var/lib/seerflow}
        {{- with $values.pod.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - {name: metrics, containerPort: {{ $values.metrics.port }}, protocol: TCP}
        {{- if eq .stage "collect" }}
        {{- with $values.config.collectors }}
        {{- with .syslog }}
        {{- with .udp }}
        - {name: syslog-udp, containerPort: {{ include "seerflow.port" . }}, protocol: UDP}
        {{- end }}
        {{- with .tcp }}
        - {name: syslog-tcp, containerPort: {{ include "seerflow.port" . }}, protocol: TCP}
        {{- end }}
        {{- end }}
        {{- with .otlp }}
        - {name: otlp, containerPort: {{ include "seerflow.port" .listen }}, protocol: TCP}
        {{- end }}
        {{- end }}
        {{- end }}
      # A restore may take long: until it is over the worker is alive and not ready.
      startupProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 24
      livenessProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: metrics}
        periodSeconds: 10
        timeoutSeconds: 5
      resources: {{- toYaml .of.resources | nindent 8 }}
      securityContext: {{- include "seerflow.containerSecurity" .root | nindent 8 }}
      volumeMounts: {{- include "seerflow.mounts" .root | nindent 8 }}
        - {name: state, mountPath: /var/lib/seerflow}
        {{- with $values.pod.volume_mounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes: {{- include "seerflow.mounted" (dict "root" .root "config" (include "seerflow.name" .root)) | nindent 4 }}
    {{- if not .stateful }}
    - name: state
      emptyDir: {sizeLimit: 2Gi}
    {{- end }}
    {{- with $values.pod.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "seerflow.mounts" -}}
- {name: config, mountPath: /etc/seerflow, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- range .Values.secrets }}
- {name: secret-{{ .name }}, mountPath: /etc/seerflow/secrets/{{ .name }}, readOnly: true}
{{- end }}
{{- end }}

{{- define "seerflow.mounted" -}}
- name: config
  configMap: {name: {{ .config }}}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
{{- range .root.Values.secrets }}
- name: secret-{{ .name }}
  secret: {secretName: {{ .secret }}, defaultMode: 0440}
{{- end }}
{{- end }}
