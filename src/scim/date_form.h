/* The form in which moments are shown to a user whose provisioning did not set one. */
#ifndef SCIM_DATE_FORM_H
#define SCIM_DATE_FORM_H

#include "base/text.h"

/* "DD.MM.YYYY HH:mm:ss" of a locale (RFC 5646) like "de-AT", by its language and region, else by its language; that of en-US
   for what is not known. */
struct slice date_form_of(struct slice locale);

#endif
