/* Objects in S3-compatible storage: lines of records, packed, under names that a repeated upload writes over. */
#ifndef NOTIFY_S3_H
#define NOTIFY_S3_H

#include "notify/target.h"

extern const struct target_driver target_s3;

#endif
