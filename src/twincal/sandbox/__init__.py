"""The other side: local servers that behave as Microsoft Graph and Salesforce do."""
