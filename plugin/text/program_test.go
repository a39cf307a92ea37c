package text

import "testing"

// The name that a program is run by decides what it does, wherever it lies, also as Windows has it.
func TestProgramName(t *testing.T) {
	for program, want := range map[string]string{"az": "az", "/usr/local/bin/az": "az", "AZ.EXE": "az", "./az.exe": "az",
		"entralogin": "entralogin", "azure": "azure", "/az/entralogin": "entralogin", "": "",
		`C:\Program Files\Entralogin.EXE`: "entralogin", `C:/x\git-credential-entralogin`: "git-credential-entralogin"} {
		if got := ProgramName(program); got != want {
			t.Errorf("%q is run as %q, not %q", program, got, want)
		}
	}
}
