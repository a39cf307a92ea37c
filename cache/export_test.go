package cache

// SetStep has step called before each call that opens or changes a file; its error is the call's.
func (s *Store) SetStep(step func(op, path string) error) { s.step = step }

// IsTemp tells a temporary file from others for the tests outside of the package.
func IsTemp(name string) bool { return isTemp(name) }
