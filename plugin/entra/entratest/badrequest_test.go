package entratest_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Whatever comes, there is an answer: a handler that panics closes the connection instead.
func TestBadRequestsAreAnswered(t *testing.T) {
	s := newServer(t)
	const form = "Content-Type: application/x-www-form-urlencoded\r\n"
	const multipart = "Content-Type: multipart/form-data; boundary=x\r\n"
	for _, test := range []struct{ line, header, body string }{
		{"GET /", "", ""},
		{"BREW /common/oauth2/v2.0/token", "", ""},
		{"POST /%00/oauth2/v2.0/token", form, "grant_type=refresh_token"},
		{"POST /%2e%2e%2f/oauth2/v2.0/devicecode", form, "client_id=x"},
		{"POST //oauth2/v2.0/token", form, ""},
		{"POST /common/oauth2/v2.0/token", form, "%zz=%&;=&&="},
		{"POST /common/oauth2/v2.0/token", multipart, "--x\r\nbroken"},
		{"POST /common/oauth2/v2.0/token", "Content-Type: text/plain\r\n", "{}"},
		{"POST /common/oauth2/v2.0/token", "", ""},
		{"POST /common/oauth2/v2.0/devicecode", form, "client_id=%ff%00&scope=%ff&claims=[1]"},
		{"GET /.%00/v2.0/.well-known/openid-configuration", "", ""},
		{"GET /common/discovery/instance?authorization_endpoint=%zz", "", ""},
		{"GET /common/discovery/instance?authorization_endpoint=https://h/../%0a", "", ""},
		{"GET /devicelogin?code=%ff%00%zz", "", ""},
		{"POST /devicelogin", form, "code=%00&action=%ff"},
		{"DELETE /devicelogin", "", ""},
		{"GET /v1.0/me", "Authorization: Bearer\r\n", ""},
		{"GET /v1.0/me", "Authorization: Bearer bnVsbA.bnVsbA.bnVsbA\r\n", ""},
		{"GET /v1.0/users?$top=99999999999999999999&$skiptoken=-1", "Authorization: Bearer ..\r\n", ""},
		{"POST /apis/authentication.k8s.io/v1/selfsubjectreviews", "Authorization: Basic eDp5\r\n", "\x00k8s"},
		{"GET /subscriptions", "", ""},
		{"POST /.sim/fault", "", strings.Repeat("[", 100_000)},
		{"POST /.sim/settings", "", `{"interval":null}`},
		{"PUT /.sim/requests", "", ""},
	} {
		conn, err := tls.Dial("tcp", s.Host, &tls.Config{RootCAs: s.CertPool()})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(2 * time.Minute))
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s", test.line, s.Host, test.header, len(test.body), test.body)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
		} else if resp.StatusCode >= 500 {
			t.Errorf("%s: %s", test.line, resp.Status)
		}
		conn.Close()
	}
}
