# The namespaces of the current context, with Ruby's kubeclient (Debian: ruby-kubeclient).
require "kubeclient"

context = Kubeclient::Config.read(ENV.fetch("KUBECONFIG")).context
client = Kubeclient::Client.new(context.api_endpoint, "v1", ssl_options: context.ssl_options, auth_options: context.auth_options)
puts client.get_namespaces.map { |namespace| namespace.metadata.name }
