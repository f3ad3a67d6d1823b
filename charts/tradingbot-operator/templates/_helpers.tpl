{{/*
The name of all that is made. Short enough for the endings that some get, and fit to be a Service's.
*/}}
{{- define "operator.fullname" -}}
{{- $name := .Release.Name | replace "." "-" -}}
{{- if .Values.fullnameOverride -}}
{{- $name = .Values.fullnameOverride -}}
{{- else if not (contains .Chart.Name $name) -}}
{{- $name = printf "%s-%s" ($name | trunc 32 | trimSuffix "-") .Chart.Name -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "%q cannot be the name of a Service: begin with a letter; set fullnameOverride to another name" $name) -}}
{{- end -}}
{{- $name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "operator.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/*
What selects the operator's pods. It never changes: a Deployment's selector cannot.
*/}}
{{- define "operator.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "operator.labels" -}}
{{ include "operator.selectorLabels" . }}
{{ include "operator.origin" . }}
{{- end }}

{{/*
Labels of what is no pod of the operator, or belongs to nobody's selection.
*/}}
{{- define "operator.origin" -}}
app.kubernetes.io/part-of: tradingbot
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ include "operator.chart" . }}
{{- end }}

{{- define "operator.testLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "operator.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end }}

{{- define "operator.keySecret" -}}
{{ .Values.key.existingSecret | default (printf "%s-key" (include "operator.fullname" .)) }}
{{- end }}

{{/*
A namespaceSelector for where bots may be.
*/}}
{{- define "operator.botNamespaces" -}}
{{- if .Values.watchNamespaces -}}
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: In
    values: {{ toJson .Values.watchNamespaces }}
{{- else -}}
{}
{{- end -}}
{{- end }}

{{/*
As the restricted Pod Security Standard asks.
*/}}
{{- define "operator.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "operator.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/*
What the operator may do in the namespaces where bots are: only what it does. It writes Secrets and never reads them.
*/}}
{{- define "operator.botRules" -}}
- apiGroups: [tradingbots.dev]
  resources: [tradingbots]
  verbs: [get, list, watch, patch]
- apiGroups: [tradingbots.dev]
  resources: [tradingbots/status]
  verbs: [patch]
# Asked by clusters that let only those who may finalize an owner set blockOwnerDeletion on what it owns.
- apiGroups: [tradingbots.dev]
  resources: [tradingbots/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, delete]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [list, create, patch, delete]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, create, patch]
- apiGroups: [""]
  resources: [services]
  verbs: [create, patch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [create, patch]
- apiGroups: [""]
  resources: [events]
  verbs: [list, create]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [create, patch]
{{- end }}

{{/*
DNS may be a pod, a node's own cache or a server outside, so that only its ports are known (5353: OpenShift).
*/}}
{{- define "operator.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
    - port: 5353
      protocol: UDP
    - port: 5353
      protocol: TCP
{{- end }}

{{/*
What selects the console's pods; none of the operator's selectors takes them.
*/}}
{{- define "console.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-console
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "console.labels" -}}
{{ include "console.selectorLabels" . }}
{{ include "operator.origin" . }}
{{- end }}

{{/*
What the console may do: find bots by their pods, and show their documents. Only where people manage bots in the browser
does it change anything in the cluster, and nothing but TradingBots.
*/}}
{{- define "console.rules" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
- apiGroups: [tradingbots.dev]
  resources: [tradingbots]
  verbs: {{ ternary "[get, list, watch, create, patch, delete]" "[list]" .Values.console.web.enabled }}
{{- end }}
