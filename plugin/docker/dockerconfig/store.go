package dockerconfig

// Undecided reports whether the file leaves it to docker where passwords are kept: it names no helper and holds none. Then
// docker takes the system's own helper, if it is there (see OwnStore), and with the first helper that is named no more.
// https://github.com/docker/cli/blob/v29.0.0/cli/config/config.go (LoadDefaultConfigFile)
func (f File) Undecided() bool { return f.Store == "" && len(f.Helpers) == 0 && !f.auths }

// OwnStore is the helper in which docker keeps passwords by itself, as credsStore has it, "" for none. look finds a
// program, as exec.LookPath does.
// https://docs.docker.com/reference/cli/docker/login/#default-behavior
func OwnStore(system string, look func(string) (string, error)) string {
	is := func(program string) bool { _, err := look(program); return err == nil }
	store := map[string]string{"darwin": "osxkeychain", "windows": "wincred", "linux": "secretservice"}[system]
	if system == "linux" && is("pass") {
		store = "pass"
	}
	if store == "" || !is(Program(store)) {
		return ""
	}
	return store
}
