// Package identity speaks to Azure's SDKs in the forms that they know, for one program that was started for it: the managed
// identity of App Service (https://learn.microsoft.com/azure/app-service/overview-managed-identity) and the Azure Developer
// CLI's endpoint for tokens.
package identity
