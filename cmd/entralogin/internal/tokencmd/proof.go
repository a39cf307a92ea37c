package tokencmd

import (
	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/pop"
)

// answerSigned answers a request for the cluster that is signed with the key that the token is bound to. The request is
// kept nowhere.
func answerSigned(h cli.Handed, f *cli.Factory, info kube.Info, key *pop.Key) error {
	now := f.Now()
	request, err := key.Sign(h.Token.Value.Reveal(), h.Target.Proof, now)
	if err != nil {
		return err
	}
	h.Signed = cache.Signed{Request: cache.NewSecret(request), Cluster: h.Target.Proof, End: now.Add(pop.Life)}
	answer, err := info.SignedCredential(h.Token, h.Signed, now)
	if err != nil {
		return err
	}
	return cli.AnswerToken(f, h, answer, route.Token, route.ReportedUTC)
}
