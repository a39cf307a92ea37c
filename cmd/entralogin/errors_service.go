package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// explainService explains what a service said.
func (a *app) explainService(err error) (failure, bool) {
	var network *https.NetworkError
	var answer *https.AnswerError
	var service *entra.Error
	var resource *graph.Error
	var foreign *graph.ForeignLinkError
	switch {
	case errors.As(err, &network) && errors.As(network.Err, &service):
		lines := append([]string{network.Host + " can't answer now."}, a.serviceLines(service, plugin.Request{})...)
		return failure{exitNetwork, append(lines, "Nothing is lost: run the command again in a while.")}, true
	case errors.As(err, &foreign):
		return failure{exitRefused, []string{err.Error()}}, true
	case errors.As(err, &answer):
		return failure{exitNonsense, []string{err.Error() + "."}}, true
	case errors.As(err, &service):
		return failure{exitRefused, a.serviceLines(service, plugin.Request{})}, true
	case errors.As(err, &resource):
		return failure{exitRefused, []string{resource.Error()}}, true
	}
	return failure{}, false
}

// unattendedLines says what to run where nobody can be asked.
func (a *app) unattendedLines(e *plugin.UnattendedError) []string {
	why := e.Err.Error()
	var service *entra.Error
	if errors.As(e.Err, &service) {
		why = service.Why()
	}
	lines := []string{fmt.Sprintf("a sign-in is needed (%s), and nobody can be asked here (%s). Run: %s",
		why, e.Request.Unattended, a.loginWords(e.Request))}
	if service == nil {
		return lines
	}
	if known := service.Explain(); known.Turn != entra.You {
		lines = append(lines, a.turnLines(known, plugin.Request{})...)
	}
	return append(lines, supportLine(service))
}

// refusedLines says why a sign-in gave no token, also where that is remembered from an earlier call.
func (a *app) refusedLines(e *plugin.RefusedError) []string {
	lines := []string{e.Text + "."}
	var service *entra.Error
	switch {
	case errors.As(e.Err, &service) && e.Reason == plugin.Blocked:
		lines = a.serviceLines(service, e.Request)
	case errors.As(e.Err, &service) && e.Reason == plugin.Expired:
		lines = append(lines, a.turnLines(service.Explain(), e.Request)...)
		lines = append(lines, supportLine(service))
	case e.Reason == plugin.Blocked:
		if known, ok := entra.Explain(entra.NumberIn(e.Text)); ok {
			lines = append(lines, "What that means: "+known.What+".")
			lines = append(lines, a.turnLines(known, e.Request)...)
		}
	}
	if !e.When.IsZero() {
		lines = append(lines, fmt.Sprintf(`That was %s ago, so nobody was asked again. "entralogin login" starts a new sign-in.`,
			text.Span(time.Since(e.When))))
	}
	return lines
}

// serviceLines says what the token service refused, in our words and in its own, whose turn it is, and what to
// quote to support. r is what the sign-in was for, or zero.
func (a *app) serviceLines(e *entra.Error, r plugin.Request) []string {
	lines := []string{e.Why() + "."}
	if e.Description != "" {
		lines = append(lines, "The service says: "+e.Description)
	}
	if e.RetryAfter > 0 {
		lines = append(lines, fmt.Sprintf("It asks to wait %s.", text.Span(e.RetryAfter)))
	}
	lines = append(lines, a.turnLines(e.Explain(), r)...)
	return append(lines, supportLine(e))
}

// turnLines says whose turn it is, and with which command or page.
func (a *app) turnLines(e entra.Explanation, r plugin.Request) []string {
	var lines []string
	switch {
	case e.Turn == "" && e.Page == "":
		lines = []string{"Whose turn it is, the service does not say. Ask your administrator."}
	case e.Turn == "":
		lines = []string{"Whose turn it is, is not known here. The service explains the number: " + e.Page}
	default:
		lines = []string{fmt.Sprintf("%s turn: %s.", e.Turn, e.Remedy)}
	}
	if e.SignIn && r.Tenant != "" {
		lines = append(lines, "To sign in: "+a.loginWords(r))
	}
	return lines
}

func supportLine(e *entra.Error) string {
	return "For support: " + e.Support() + "."
}
