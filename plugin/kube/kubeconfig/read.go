package kubeconfig

import "github.com/entralogin/entralogin/plugin/userfile"

// maxFile is how many bytes a kubeconfig may have. Certificates of many clusters make some megabytes.
const maxFile = 16 << 20

// Read returns the content of a kubeconfig file. What can be read to its end is good enough, such as
// /dev/null. Errors are *Error; errors.Is(err, fs.ErrNotExist) tells that there is no such file.
func Read(path string) ([]byte, error) { return userfile.Read(path, maxFile) }
