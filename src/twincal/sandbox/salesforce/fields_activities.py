"""Columns of the activity objects, from a recorded describe of Event (about API v52) and the Object Reference of EventRelation.

One line a field: name|type|length|flags|label|refers to|relationship|picklist|compound. Flags: C createable,
+ U updateable,
N nillable, F filterable, S sortable, G groupable, I lookup by this field, D defaulted on create, R restricted picklist,
P subject to field permissions, X external id, Q unique, K case-sensitive, T the record's name, a differs in `aggregatable`.
`=` gives a picklist value another label, `*` marks the default. `@audit` stands for the five columns every object has;
a line that begins with `+` goes on from the one before.
"""

EVENT = """
Id|id|18|FSGID|Activity ID
WhoId|reference|18|CUNFSGP|Name ID|Contact,Lead|Who
WhatId|reference|18|CUNFSGP|Related To ID|Account,Opportunity|What
Subject|combobox|255|CUNFST|Subject|||Call,Email,Meeting,Send Letter/Quote,Other
Location|string|255|CUNFSGP|Location
IsAllDayEvent|boolean|0|CUFSGDP|All-Day Event
ActivityDateTime|datetime|0|CUNFS|Due Date Time
ActivityDate|date|0|CUNFSGa|Due Date Only
DurationInMinutes|int|8|CUNFSG|Duration
StartDateTime|datetime|0|CUNFS|Start Date Time
EndDateTime|datetime|0|CUNFS|End Date Time
EndDate|date|0|NFSG|End Date
Description|textarea|32000|CUNP|Description
AccountId|reference|18|NFSG|Account ID|Account|Account
OwnerId|reference|18|CUFSGD|Assigned To ID|Calendar,User|Owner
IsPrivate|boolean|0|CUFSGD|Private
ShowAs|picklist|40|CUNFSGDR|Show Time As|||Busy*,OutOfOffice=Out of Office,Free
IsDeleted|boolean|0|FSGD|Deleted
IsChild|boolean|0|FSGD|Is Child
IsGroupEvent|boolean|0|FSGD|Is Group Event
GroupEventType|picklist|40|NFSGDR|Group Event Type|||0=Non-group Event*,1=Group Event,2=Proposed Event,
+3=IsRecurrence2 Series Pattern
@audit
IsArchived|boolean|0|FSGD|Archived
RecurrenceActivityId|reference|18|NFSG|Recurrence Activity ID|Event
IsRecurrence|boolean|0|CFSGD|Create Recurring Series of Events
RecurrenceStartDateTime|datetime|0|CUNFS|Recurrence Start
RecurrenceEndDateOnly|date|0|CUNFSG|Recurrence End
RecurrenceTimeZoneSidKey|picklist|40|CUNFSGR|Recurrence Time Zone|||Asia/Tokyo,Europe/Berlin,Europe/London,GMT
RecurrenceType|picklist|40|CUNFSGR|Recurrence Type|||RecursDaily,RecursEveryWeekday,RecursMonthly,RecursMonthlyNth,
+RecursWeekly,RecursYearly,RecursYearlyNth
RecurrenceInterval|int|9|CUNFSG|Recurrence Interval
RecurrenceDayOfWeekMask|int|9|CUNFSG|Recurrence Day of Week Mask
RecurrenceDayOfMonth|int|9|CUNFSG|Recurrence Day of Month
RecurrenceInstance|picklist|40|CUNFSGR|Recurrence Instance|||First=1st,Second=2nd,Third=3rd,Fourth=4th,Last=last
RecurrenceMonthOfYear|picklist|40|CUNFSGR|Recurrence Month of Year|||January,February,March,April,May,June,July,
+August,September,October,November,December
ReminderDateTime|datetime|0|CUNFS|Reminder Date/Time
IsReminderSet|boolean|0|CUFSGD|Reminder Set
EventSubtype|picklist|40|CNFSGR|Event Subtype|||Event
IsRecurrence2Exclusion|boolean|0|FSGD|Historical Event, Not Following Recurrence
Recurrence2PatternText|textarea|512|CN|Recurrence Pattern
Recurrence2PatternVersion|picklist|40|NFSGR|Pattern Version|||1=RFC 5545 v4 RRULE,2=RFC 5545 v4_2 RRULE
IsRecurrence2|boolean|0|FSGD|Repeat
IsRecurrence2Exception|boolean|0|FSGD|Is Exception
Recurrence2PatternStartDate|datetime|0|NFS|Recurrence Pattern Start Date
Recurrence2PatternTimeZone|string|255|NFSG|Recurrence Pattern Time Zone Reference
"""

EVENT_SHARED = """
WhoCount|int|8|NFSG|Relationship Count
WhatCount|int|8|NFSG|Related To Count
"""

EVENT_KEYS = """
Twincal_Key__c|string|255|CUNFSGIPXQK|Twincal Key
Twincal_Stamp__c|string|255|CUNFSGP|Twincal Stamp
"""

EVENT_FORMER = """
Former_Id__c|string|255|CUNFSGP|Former Id
"""

EVENT_CLIENT = """
ClientGuid|string|255|NFSG|Client GUID
IsClientManaged|boolean|0|FSGD|Is Client Managed
"""

EVENT_RELATION = """
Id|id|18|FSGID|Event Relation ID
RelationId|reference|18|CFSG|Relation ID|Calendar,Contact,Lead,User|Relation
EventId|reference|18|CFSG|Event ID|Event|Event
IsWhat|boolean|0|CFSGD|Is What
IsParent|boolean|0|CUFSGD|Is Parent
IsInvitee|boolean|0|CUFSGD|Is Invitee
AccountId|reference|18|NFSG|Account ID|Account|Account
Status|picklist|40|CUNFSGR|Status|||New*,Declined,Accepted,Uninvited,Maybe
RespondedDate|datetime|0|CUNFS|Response Date
Response|string|255|CUNFSG|Response
@audit
IsDeleted|boolean|0|FSGD|Deleted
"""

EVENT_WHO_RELATION = """
Id|id|18|FSGID|Id
RelationId|reference|18|FSG|Relation ID|Contact,Lead|Relation
EventId|reference|18|FSG|Event ID|Event|Event
Type|string|40|NFSG|Relation Type
AccountId|reference|18|NFSG|Account ID|Account|Account
@audit
IsDeleted|boolean|0|FSGD|Deleted
"""
