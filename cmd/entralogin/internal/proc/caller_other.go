//go:build !linux

package proc

import "errors"

// CallerEnvironment is the environment that the caller was started with, which only Linux shows without a further
// program.
func CallerEnvironment(string) (map[string]string, error) {
	return nil, errors.New("this system does not show it")
}
