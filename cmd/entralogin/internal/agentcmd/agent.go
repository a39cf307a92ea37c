// Package agentcmd is the group agent.
package agentcmd
