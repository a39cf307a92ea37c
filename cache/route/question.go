package route

// Question is what a call asks: all of its input but the files and most of the variables.
type Question struct {
	Program string                      // the file that runs
	Args    []string                    // with the program's name
	Lookup  func(string) (string, bool) // the environment
	Environ []string                    // all of it
	Input   []byte                      // of standard input, where the call says there what it wants
	Whole   bool                        // Input is all that there is
}

// execInfo is the variable in which client-go passes what it wants.
const execInfo = "KUBERNETES_EXEC_INFO"

// MostInput is how much of standard input a question may have, in bytes.
const MostInput = 64 << 10

// ReadsInput reports whether a call says on standard input what it wants: the get of a credential helper alone does, git's
// and docker's.
func ReadsInput(args []string) bool {
	return isHelper(args, "git-credential") || isHelper(args, "docker-credential")
}

// isHelper reports whether a call is the get of a helper, by the link that its caller runs or by its command.
func isHelper(args []string, command string) bool {
	if len(args) < 2 || args[len(args)-1] != "get" {
		return false
	}
	if base(args[0]) == command+"-entralogin" {
		return true
	}
	for _, arg := range args[1:] {
		if arg == command {
			return true
		}
	}
	return false
}

// base is the last element of a path.
func base(path string) string {
	for i := len(path); i > 0; i-- {
		if path[i-1] == '/' {
			return path[i:]
		}
	}
	return path
}

// Complete reports whether a caller has said all, though standard input goes on: with git a line without anything ends it.
// Docker ends standard input.
func Complete(args []string, input []byte) bool {
	n := len(input)
	return isHelper(args, "git-credential") && n >= 2 && input[n-1] == '\n' && input[n-2] == '\n'
}

// Text is all that a question says of itself, but for its variables.
func (q Question) Text() []byte {
	info, _ := q.Lookup(execInfo)
	size := len(q.Program) + len(info) + len(q.Input)
	for _, arg := range q.Args {
		size += len(arg) + 1
	}
	text := make([]byte, 0, size+3)
	text = append(append(text, q.Program...), 0)
	for _, arg := range q.Args { // none has a byte 0
		text = append(append(text, arg...), 0)
	}
	text = append(append(text, 0), info...)
	return append(append(text, 0), q.Input...)
}

// name is the file name of the route of a question. Two questions may have the same, and then there is a route for one
// of them alone. The program's own variables count, so that two settings that take turns have a route each.
func (q Question) name(text []byte) string {
	h := hash(text)
	for _, entry := range q.Environ {
		if ours(entry) {
			h += hash([]byte(entry)) // in any order
		}
	}
	const digits = "0123456789abcdef"
	var name [16]byte
	for i := range name {
		name[i] = digits[h>>(60-4*i)&15]
	}
	return string(name[:])
}

// hash is FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/. It finds a file, and proves nothing.
func hash(text []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range text {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// ours reports whether an entry of the environment is of a variable that is meant for programs such as this one.
func ours(entry string) bool {
	return hasPrefix(entry, "ENTRALOGIN_") || hasPrefix(entry, "AAD_") || hasPrefix(entry, "AZURE_") || hasPrefix(entry, "ARM_")
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

// Place returns the path of the route of a question; ok is false where there can be none: nothing is asked, the
// arguments name a folder, or a secret stands in what the call was told, which is not to be kept.
func (q Question) Place() (path string, ok bool) {
	if len(q.Args) == 0 || q.Program == "" {
		return "", false
	}
	for _, arg := range q.Args {
		if hasPrefix(arg, "--cache-dir") || secretFlag(arg) {
			return "", false
		}
	}
	for _, entry := range q.Environ {
		if ours(entry) && secret(entry) {
			return "", false
		}
	}
	if ReadsInput(q.Args) && (!q.Whole || saysSecret(string(q.Input))) {
		return "", false
	}
	if info, _ := q.Lookup(execInfo); namesUser(info) {
		return "", false
	}
	dir, ok := q.cacheDir()
	return dir + "/" + Folder + "/" + q.name(q.Text()), ok
}

// secretFlag reports whether a word is a flag of get-token whose value is a secret, with it or without. A program's own
// arguments may be one.
func secretFlag(word string) bool {
	for _, name := range []string{"--client-secret", "--client-certificate-password", "--password", "--oidc-client-secret", "--assertion-command"} {
		if hasPrefix(word, name) && (len(word) == len(name) || word[len(name)] == '=') {
			return true
		}
	}
	return false
}

// secret reports whether a variable holds a secret by its name.
func secret(entry string) bool {
	for _, word := range []string{"SECRET", "PASSWORD", "TOKEN=", "KEY=", "HEADER=", "ASSERTION=", "ASSERTION_COMMAND="} {
		if at := index(entry, word); at >= 0 && at < index(entry, "=")+1 {
			return true
		}
	}
	return false
}

// saysSecret reports whether git passes on what is secret: https://git-scm.com/docs/git-credential#IOFMT
func saysSecret(input string) bool {
	for _, key := range []string{"password=", "credential=", "oauth_refresh_token=", "url="} {
		if hasPrefix(input, key) || index(input, "\n"+key) >= 0 {
			return true
		}
	}
	return false
}

// namesUser reports whether an address stands in a text that has a user, and so perhaps a password: of a cluster, or of a
// proxy.
func namesUser(text string) bool {
	for {
		at := index(text, "://")
		if at < 0 {
			return false
		}
		text = text[at+len("://"):]
		for i := 0; i < len(text) && text[i] != '/' && text[i] != '"'; i++ {
			if text[i] == '@' {
				return true
			}
		}
	}
}

// cacheDir is the cache folder of a call that names none with a flag, as adrg/xdg has it on systems with XDG folders.
func (q Question) cacheDir() (dir string, ok bool) {
	if dir, _ = q.Lookup("ENTRALOGIN_CACHE_DIR"); dir != "" {
		return dir, dir[0] == '/'
	}
	home, _ := q.Lookup("HOME")
	if home == "" || home[0] != '/' {
		return "", false
	}
	if dir, _ = q.Lookup("XDG_CACHE_HOME"); dir == "" {
		dir = home + homeCache
	}
	return dir + "/entralogin", dir[0] == '/'
}
