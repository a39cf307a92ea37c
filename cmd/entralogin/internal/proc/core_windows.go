package proc

// WriteNoCore does nothing: Windows writes a dump only where the machine's owner has asked for it.
func WriteNoCore() {}
