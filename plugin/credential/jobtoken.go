package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/https"
)

// jobTokens is the endpoint of a CI service that issues a token to a job which shows its own: the job's assertion.
type jobTokens struct {
	method  string
	address *url.URL
	header  http.Header
	field   string                                // of the answer
	refused func(status int) *plugin.MachineError // says what an answer means that a second try won't mend
}

// jobAssertion asks for the assertion with what the job has for that.
func jobAssertion(request func(Call) (jobTokens, error)) func(context.Context, Call) (assertion, error) {
	return func(ctx context.Context, c Call) (assertion, error) {
		j, err := request(c)
		if err != nil {
			return assertion{}, err
		}
		return j.ask(ctx, c)
	}
}

// parseIssuer checks an address that a CI service put into a variable: where the job's own token is sent to, so nothing
// but https will do.
func parseIssuer(variable, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || !authority.IsVisible(address) {
		return nil, &plugin.MachineError{What: variable + " is no address https://HOST: the job's own token would be sent there", Hint: "The CI service sets it; nobody else should."}
	}
	return u, nil
}

// ask gets the assertion: up to three times while the service is busy or gone. Errors: those of refused, and of HTTP.
func (j jobTokens) ask(ctx context.Context, c Call) (assertion, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, askLimit, &https.NetworkError{Host: j.address.Host, Err: fmt.Errorf("no answer within %v", askLimit)})
	defer cancel()
	client := https.Options{Hosts: []string{j.address.Host}, Roots: c.roots, JSON: true, Trace: c.Service.Trace}.Client()
	defer client.CloseIdleConnections()
	pauses := []time.Duration{300 * time.Millisecond, time.Second}
	for try := 0; ; try++ {
		resp, body, err := j.once(ctx, client)
		if err == nil && resp.StatusCode == http.StatusOK {
			return j.read(c, body)
		}
		var asked time.Duration
		switch network, down := errors.AsType[*https.NetworkError](err); {
		case err != nil && (!down || network.Obstacle.Lasting()):
			return assertion{}, err
		case err == nil && !busy(resp.StatusCode):
			return assertion{}, j.refused(resp.StatusCode)
		case err == nil:
			asked, _ = https.RetryAfter(resp.Header, c.now())
			err = &https.NetworkError{Host: j.address.Host, Err: fmt.Errorf("it is busy (%d %s)", resp.StatusCode, http.StatusText(resp.StatusCode))}
		}
		if try == len(pauses) || asked > longestPause {
			return assertion{}, err
		}
		c.explain("%v; trying again", err)
		if err := c.wait(ctx, max(pauses[try], asked)); err != nil {
			return assertion{}, err
		}
	}
}

// wait is https.Sleep, unless a test has no time.
func (c Call) wait(ctx context.Context, d time.Duration) error {
	if c.sleep != nil {
		return c.sleep(ctx, d)
	}
	return https.Sleep(ctx, d)
}

const (
	askLimit     = 45 * time.Second // for all tries
	longestPause = 10 * time.Second // between two of them, for a service that asks for one
)

func busy(status int) bool { return status == http.StatusTooManyRequests || status >= 500 }

// once makes one request. The body has been read, within the bounds of https.
func (j jobTokens) once(ctx context.Context, client *http.Client) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, j.method, j.address.String(), nil)
	if err != nil {
		return nil, nil, errors.New("the address of the CI service makes no request")
	}
	req.Header = j.header
	resp, err := client.Do(req)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the address and its query
	}
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

// read takes the assertion out of an answer.
func (j jobTokens) read(c Call, body []byte) (assertion, error) {
	host := j.address.Host
	var fields map[string]json.RawMessage
	var content string
	if json.Unmarshal(body, &fields) != nil || json.Unmarshal(fields[j.field], &content) != nil || content == "" {
		return assertion{}, &https.AnswerError{Host: host, What: "has no token in the field " + j.field}
	}
	c.explain("the assertion comes from %s", host)
	a, flaw := readAssertion(content, c.now())
	if flaw != nil {
		return assertion{}, &https.AnswerError{Host: host, What: "has an assertion that " + flaw.what}
	}
	return a, nil
}

// audience is what the assertion is to be for: the setting, or what the cloud expects
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust).
func (c Call) audience() string {
	if named, _ := c.Target.Get(config.AssertionAudience); named != "" {
		return named
	}
	return "api://AzureADTokenExchange" + map[string]string{"AzureChinaCloud": "China", "AzureUSGovernmentCloud": "USGov"}[c.Target.Authority.Environment]
}
