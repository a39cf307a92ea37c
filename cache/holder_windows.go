package cache

// stateOf tells nothing: a lock of Windows ends with its process, and nobody has to know more.
func stateOf(int) process { return process{} }
