{
  apiVersion: "v1",
  kind: "Secret",
  metadata: {name: "registry-login"},
  type: "kubernetes.io/dockerconfigjson",
  data: {".dockerconfigjson": (tojson | @base64)}
}
