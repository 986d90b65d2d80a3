"""Columns of Contact, Lead and User, from recorded describes of Contact and Lead; User, Profile and UserLicense from their public
field lists.

One line a field: name|type|length|flags|label|refers to|relationship|picklist|compound. Flags: C createable,
+ U updateable,
N nillable, F filterable, S sortable, G groupable, I lookup by this field, D defaulted on create, R restricted picklist,
P subject to field permissions, X external id, Q unique, K case-sensitive, T the record's name, a differs in `aggregatable`.
`=` gives a picklist value another label, `*` marks the default. `@audit` stands for the five columns every object has;
a line that begins with `+` goes on from the one before.
"""

CONTACT = """
Id|id|18|FSGID|Contact ID
IsDeleted|boolean|0|FSGD|Deleted
MasterRecordId|reference|18|NFSG|Master Record ID|Contact|MasterRecord
AccountId|reference|18|CUNFSGP|Account ID|Account|Account
LastName|string|80|CUFSG|Last Name||||Name
FirstName|string|40|CUNFSG|First Name||||Name
Salutation|picklist|40|CUNFSG|Salutation|||Mr.,Ms.,Mrs.,Dr.,Prof.|Name
Name|string|121|FSGT|Full Name
MailingStreet|textarea|255|CUNFSGP|Mailing Street||||MailingAddress
MailingCity|string|40|CUNFSGP|Mailing City||||MailingAddress
MailingState|string|80|CUNFSGP|Mailing State/Province||||MailingAddress
MailingPostalCode|string|20|CUNFSGP|Mailing Zip/Postal Code||||MailingAddress
MailingCountry|string|80|CUNFSGP|Mailing Country||||MailingAddress
Phone|phone|40|CUNFSGP|Business Phone
Fax|phone|40|CUNFSGP|Business Fax
MobilePhone|phone|40|CUNFSGP|Mobile Phone
HomePhone|phone|40|CUNFSGP|Home Phone
OtherPhone|phone|40|CUNFSGP|Other Phone
ReportsToId|reference|18|CUNFSGP|Reports To ID|Contact|ReportsTo
Email|email|80|CUNFSGIP|Email
Title|string|128|CUNFSGP|Title
Department|string|80|CUNFSGP|Department
LeadSource|picklist|255|CUNFSGP|Lead Source|||Web,Phone Inquiry,Partner Referral,Purchased List,Other
Birthdate|date|0|CUNFSGP|Birthdate
Description|textarea|32000|CUNP|Contact Description
OwnerId|reference|18|CUFSGD|Owner ID|User|Owner
@audit
LastActivityDate|date|0|NFSG|Last Activity
LastViewedDate|datetime|0|NFS|Last Viewed Date
LastReferencedDate|datetime|0|NFS|Last Referenced Date
EmailBouncedReason|string|255|CUNFSG|Email Bounced Reason
EmailBouncedDate|datetime|0|CUNFS|Email Bounced Date
IsEmailBounced|boolean|0|FSGD|Is Email Bounced
PhotoUrl|url|255|NFSG|Photo URL
"""

LEAD = """
Id|id|18|FSGID|Lead ID
IsDeleted|boolean|0|FSGD|Deleted
MasterRecordId|reference|18|NFSG|Master Record ID|Lead|MasterRecord
LastName|string|80|CUFSG|Last Name||||Name
FirstName|string|40|CUNFSG|First Name||||Name
Salutation|picklist|40|CUNFSG|Salutation|||Mr.,Ms.,Mrs.,Dr.,Prof.,Mx.|Name
Name|string|121|FSGT|Full Name
Title|string|128|CUNFSGP|Title
Company|string|255|CUFSG|Company
Street|textarea|255|CUNFSGP|Street||||Address
City|string|40|CUNFSGP|City||||Address
State|string|80|CUNFSGP|State/Province||||Address
PostalCode|string|20|CUNFSGP|Zip/Postal Code||||Address
Country|string|80|CUNFSGP|Country||||Address
Phone|phone|40|CUNFSGP|Phone
MobilePhone|phone|40|CUNFSGP|Mobile Phone
Fax|phone|40|CUNFSGP|Fax
Email|email|80|CUNFSGIP|Email
Website|url|255|CUNFSGP|Website
PhotoUrl|url|255|NFSG|Photo URL
Description|textarea|32000|CUNP|Description
LeadSource|picklist|255|CUNFSGP|Lead Source|||Web,Phone Inquiry,Partner Referral,Purchased List,Other
Status|picklist|255|CUFSGD|Status|||Open - Not Contacted*,Working - Contacted,Closed - Converted,Closed - Not Converted
Industry|picklist|255|CUNFSGP|Industry|||Banking,Consulting,Energy,Technology,Other
Rating|picklist|255|CUNFSGP|Rating|||Hot,Warm,Cold
AnnualRevenue|currency|18.0|CUNFSP|Annual Revenue
NumberOfEmployees|int|8|CUNFSGP|Employees
OwnerId|reference|18|CUFSGD|Owner ID|Group,User|Owner
IsConverted|boolean|0|CFSGD|Converted
ConvertedDate|date|0|NFSG|Converted Date
ConvertedAccountId|reference|18|NFSG|Converted Account ID|Account|ConvertedAccount
ConvertedContactId|reference|18|NFSG|Converted Contact ID|Contact|ConvertedContact
ConvertedOpportunityId|reference|18|NFSG|Converted Opportunity ID|Opportunity|ConvertedOpportunity
IsUnreadByOwner|boolean|0|CUFSGD|Unread By Owner
@audit
LastActivityDate|date|0|NFSG|Last Activity
LastViewedDate|datetime|0|NFS|Last Viewed Date
LastReferencedDate|datetime|0|NFS|Last Referenced Date
EmailBouncedReason|string|255|UNFSG|Email Bounced Reason
EmailBouncedDate|datetime|0|UNFS|Email Bounced Date
"""

USER = """
Id|id|18|FSGID|User ID
Username|string|80|CUFSGIQ|Username
LastName|string|80|CUFSG|Last Name
FirstName|string|40|CUNFSG|First Name
Name|string|121|FSG|Full Name
CompanyName|string|80|CUNFSG|Company Name
Email|email|128|CUFSGI|Email
Alias|string|8|CUFSG|Alias
IsActive|boolean|0|CUFSGD|Active
TimeZoneSidKey|picklist|40|CUFSGR|Time Zone|||America/Los_Angeles,America/New_York,Europe/London,Europe/Berlin,
+Asia/Tokyo,GMT
LocaleSidKey|picklist|40|CUFSGR|Locale|||en_US,en_GB,de_DE
LanguageLocaleKey|picklist|40|CUFSGR|Language|||en_US,de
EmailEncodingKey|picklist|40|CUFSGR|Email Encoding|||UTF-8,ISO-8859-1
ProfileId|reference|18|CUNFSG|Profile ID|Profile|Profile
UserRoleId|reference|18|CUNFSG|Role ID|UserRole|UserRole
UserType|picklist|40|NFSGR|User Type|||Standard,PowerPartner,CustomerSuccess,Guest,SelfService,CsnOnly
ContactId|reference|18|CUNFSG|Contact ID|Contact|Contact
AccountId|reference|18|NFSG|Account ID|Account|Account
FederationIdentifier|string|512|CUNFSGIQ|SAML Federation ID
LastLoginDate|datetime|0|NFS|Last Login
@audit
"""

PROFILE = """
Id|id|18|FSGID|Profile ID
Name|string|255|FSGT|Name
PermissionsApiEnabled|boolean|0|F|API Enabled
PermissionsEditEvent|boolean|0|F|Edit Events
PermissionsModifyAllData|boolean|0|F|Modify All Data
PermissionsViewAllData|boolean|0|F|View All Data
PermissionsViewSetup|boolean|0|F|View Setup and Configuration
UserLicenseId|reference|18|FSG|User License ID|UserLicense|UserLicense
UserType|picklist|40|NFSGR|User Type|||Standard,PowerPartner,CustomerSuccess,Guest,SelfService,CsnOnly
Description|string|255|NFSG|Description
@audit
LastViewedDate|datetime|0|NFS|Last Viewed Date
LastReferencedDate|datetime|0|NFS|Last Referenced Date
"""

USER_PERMISSION_ACCESS = """
LastCacheUpdate|datetime|0|NFS|Last Cache Update
PermissionsApiEnabled|boolean|0|F|API Enabled
PermissionsEditEvent|boolean|0|F|Edit Events
PermissionsModifyAllData|boolean|0|F|Modify All Data
PermissionsViewAllData|boolean|0|F|View All Data
PermissionsViewSetup|boolean|0|F|View Setup and Configuration
"""

USER_LICENSE = """
Id|id|18|FSGID|User License ID
Name|string|40|FSGT|Name
MasterLabel|string|80|FSG|Master Label
Status|picklist|40|NFSGR|Status|||Active,Disabled
CreatedDate|datetime|0|FSD|Created Date
LastModifiedDate|datetime|0|FSD|Last Modified Date
SystemModstamp|datetime|0|FSD|System Modstamp
"""
