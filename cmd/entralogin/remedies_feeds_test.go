//go:build unix

package main

// feedSituations are those of pip, uv and cargo.
func feedSituations() map[string]situation {
	const feed = "https://pkgs.dev.azure.com/contoso/_packaging/feed"
	cargo := func(kind string) string {
		return `echo '{"v":1,"registry":{"index-url":"sparse+` + feed + `/Cargo/index/"},"kind":"` + kind + `","operation":"read"}' | CI=1 entralogin --cargo-plugin >answer`
	}
	return map[string]situation{
		"pip, nobody to ask":   {call: "CI=1 keyring get " + feed + "/pypi/simple/ u >answer", what: "a sign-in is needed"},
		"cargo, nobody to ask": {call: cargo("get"), what: "a sign-in is needed"},
		"cargo logout":         {seed: func(r *remedyRig) { r.signIn() }, call: cargo("logout"), keeps: true},
	}
}
