package authority

// The public applications of AKS with Entra ID, the same in all tenants.
// https://azure.github.io/kubelogin/concepts/aks.html
const (
	AKSServer = "6dae42f8-4368-4678-94ff-3960e28e3630" // what tokens are for
	AKSClient = "80faf920-1908-4b52-b5ef-a8e7bedfc67a" // what may sign in
)
