package root

import "testing"

func TestWrapHelp(t *testing.T) {
	const content = "A sentence that is too long for the terminal.\n" +
		"      --prompt when   when to ask for a sign-in: auto, always or never\n" +
		"  entralogin aks      AKS with Entra ID and a lot of words behind it\n" +
		"  entralogin kubeconfig add --aks --tenant-id contoso.example\n" +
		"```\n  a block     of code that stays as it is, however long it is\n```\n" +
		"| a | row of a table that stays as it is, too |\n"
	const want = "A sentence that is too long for the terminal.\n" +
		"      --prompt when   when to ask for a sign-in:\n                      auto, always or never\n" +
		"  entralogin aks      AKS with Entra ID and a lot of\n                      words behind it\n" +
		"  entralogin kubeconfig add --aks --tenant-id contoso.example\n" +
		"```\n  a block     of code that stays as it is, however long it is\n```\n" +
		"| a | row of a table that stays as it is, too |\n"
	if got := wrapHelp(content, 52); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := wrapHelp(content, 0); got != content {
		t.Errorf("without a terminal\n%s", got)
	}
}
