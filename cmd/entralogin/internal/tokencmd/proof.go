package tokencmd

import (
	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/pop"
)

// answerSigned answers a request for the cluster that is signed with the key that the token is bound to. The request is
// kept nowhere.
func answerSigned(f *cli.Factory, info kube.Info, key *pop.Key, cluster string, token cache.Token) error {
	now := f.Now()
	request, err := key.Sign(token.Value.Reveal(), cluster, now)
	if err != nil {
		return err
	}
	answer, err := info.SignedCredential(token, cache.NewSecret(request), now)
	if err != nil {
		return err
	}
	return f.Answer(answer)
}
