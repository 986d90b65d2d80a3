"""Columns of Account, Opportunity and Organization, from recorded describes and a recorded row.

One line a field: name|type|length|flags|label|refers to|relationship|picklist|compound. Flags: C createable,
+ U updateable,
N nillable, F filterable, S sortable, G groupable, I lookup by this field, D defaulted on create, R restricted picklist,
P subject to field permissions, X external id, Q unique, K case-sensitive, T the record's name, a differs in `aggregatable`.
`=` gives a picklist value another label, `*` marks the default. `@audit` stands for the five columns every object has;
a line that begins with `+` goes on from the one before.
"""

ACCOUNT = """
Id|id|18|FSGID|Account ID
IsDeleted|boolean|0|FSGD|Deleted
MasterRecordId|reference|18|NFSG|Master Record ID|Account|MasterRecord
Name|string|255|CUFSGT|Account Name||||Name
Type|picklist|40|CUNFSGP|Account Type|||Prospect,Customer,Partner,Other
ParentId|reference|18|CUNFSGP|Parent Account ID|Account|Parent
BillingStreet|textarea|255|CUNFSGP|Billing Street||||BillingAddress
BillingCity|string|40|CUNFSGP|Billing City||||BillingAddress
BillingState|string|80|CUNFSGP|Billing State/Province||||BillingAddress
BillingPostalCode|string|20|CUNFSGP|Billing Zip/Postal Code||||BillingAddress
BillingCountry|string|80|CUNFSGP|Billing Country||||BillingAddress
ShippingStreet|textarea|255|CUNFSGP|Shipping Street||||ShippingAddress
ShippingCity|string|40|CUNFSGP|Shipping City||||ShippingAddress
ShippingState|string|80|CUNFSGP|Shipping State/Province||||ShippingAddress
ShippingPostalCode|string|20|CUNFSGP|Shipping Zip/Postal Code||||ShippingAddress
ShippingCountry|string|80|CUNFSGP|Shipping Country||||ShippingAddress
Phone|phone|40|CUNFSGP|Account Phone
Fax|phone|40|CUNFSGP|Account Fax
AccountNumber|string|40|CUNFSGP|Account Number
Website|url|255|CUNFSGP|Website
PhotoUrl|url|255|NFSG|Photo URL
Industry|picklist|40|CUNFSGP|Industry|||Banking,Consulting,Energy,Technology,Other
AnnualRevenue|currency|18.0|CUNFSP|Annual Revenue
NumberOfEmployees|int|8|CUNFSGP|Employees
Description|textarea|32000|CUNP|Account Description
Rating|picklist|40|CUNFSGP|Account Rating|||Hot,Warm,Cold
OwnerId|reference|18|CUFSGD|Owner ID|User|Owner
@audit
LastActivityDate|date|0|NFSG|Last Activity
LastViewedDate|datetime|0|NFS|Last Viewed Date
LastReferencedDate|datetime|0|NFS|Last Referenced Date
"""

OPPORTUNITY = """
Id|id|18|FSGID|Opportunity ID
IsDeleted|boolean|0|FSGD|Deleted
AccountId|reference|18|CUNFSGP|Account ID|Account|Account
IsPrivate|boolean|0|CUFSGDP|Private
Name|string|120|CUFSGIT|Name
Description|textarea|32000|CUNP|Description
StageName|picklist|255|CUFSG|Stage|||Prospecting,Qualification,Needs Analysis,Value Proposition,Closed Won,Closed Lost
Amount|currency|18.2|CUNFSP|Amount
Probability|percent|3.0|CUNFSDP|Probability (%)
ExpectedRevenue|currency|18.2|NFSP|Expected Amount
TotalOpportunityQuantity|double|18.2|CUNFSP|Quantity
CloseDate|date|0|CUFSG|Close Date
Type|picklist|255|CUNFSGP|Opportunity Type|||Prospect,Customer,Partner,Other
NextStep|string|255|CUNFSGP|Next Step
LeadSource|picklist|255|CUNFSGP|Lead Source|||Web,Phone Inquiry,Partner Referral,Purchased List,Other
IsClosed|boolean|0|FSGD|Closed
IsWon|boolean|0|FSGD|Won
ForecastCategory|picklist|40|FSGR|Forecast Category|||Omitted,Pipeline,BestCase=Best Case,MostLikely=Most Likely,
+Forecast=Commit,Closed
ForecastCategoryName|picklist|255|CUNFSGDR|Forecast Category|||Omitted,Pipeline,Best Case,Commit,Closed
HasOpportunityLineItem|boolean|0|FSGD|Has Line Item
OwnerId|reference|18|CUFSGD|Owner ID|User|Owner
@audit
LastActivityDate|date|0|NFSG|Last Activity
LastStageChangeDate|datetime|0|NFS|Last Stage Change Date
FiscalQuarter|int|8|NFSG|Fiscal Quarter||||Fiscal
FiscalYear|int|8|NFSG|Fiscal Year||||Fiscal
ContactId|reference|18|CNFSG|Contact ID|Contact
LastViewedDate|datetime|0|NFS|Last Viewed Date
LastReferencedDate|datetime|0|NFS|Last Referenced Date
HasOpenActivity|boolean|0|GD|Has Open Activity
HasOverdueTask|boolean|0|GD|Has Overdue Task
"""

ORGANIZATION = """
Id|id|18|FSGID|Organization ID
Name|string|80|UFSGT|Name
PrimaryContact|string|80|UNFSG|Primary Contact
DefaultLocaleSidKey|picklist|40|UFSGR|Locale|||en_US
TimeZoneSidKey|picklist|40|UFSGR|Time Zone|||GMT,Europe/Berlin,America/Los_Angeles
LanguageLocaleKey|picklist|40|UFSGR|Language|||en_US
OrganizationType|picklist|40|NFSGR|Edition|||Developer Edition,Enterprise Edition,Unlimited Edition
NamespacePrefix|string|15|NFSG|Namespace Prefix
InstanceName|string|5|NFSG|Instance Name
IsSandbox|boolean|0|FSGD|Is Sandbox
@audit
"""
