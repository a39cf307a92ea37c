package kubeconfig

import "os"

// MaxCA is how many bytes of CA certificates a plugin can be told of by provideClusterInfo. Linux passes
// 128 KiB in one variable, where the CA stands in base64 beside the rest; with more the plugin can't be run
// at all ("argument list too long").
const MaxCA = (128<<10 - 8<<10) / 4 * 3

// CASize is the size of the CA certificates of the cluster, in bytes; 0 if there are none that can be read.
func CASize(c Cluster) int64 {
	if len(c.CertificateAuthorityData) > 0 || c.CertificateAuthority == "" {
		return int64(len(c.CertificateAuthorityData))
	}
	info, err := os.Stat(c.CertificateAuthority)
	if err != nil {
		return 0
	}
	return info.Size()
}
