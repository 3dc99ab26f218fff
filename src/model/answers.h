/* Answers that many operations have in common, as rows for their tables. */
#ifndef MODEL_ANSWERS_H
#define MODEL_ANSWERS_H

#include "model/route.h"

/* clang-format off */
#define ANSWER_ROW(status, kind, shape, headers, summary) { status, kind, shape, NULL, headers, summary }

#define ANSWER_400 ANSWER_ROW(400, ANSWER_PROBLEM, NULL, NULL, "Malformed id, parameter or body; the answer names each fault")
#define ANSWER_401 ANSWER_ROW(401, ANSWER_EMPTY, NULL, "WWW-Authenticate", "Token missing, expired or revoked")
#define ANSWER_403 ANSWER_ROW(403, ANSWER_PROBLEM, NULL, NULL, "The API account lacks the scope or level needed")
#define ANSWER_404 ANSWER_ROW(404, ANSWER_PROBLEM, NULL, NULL, "No such record")
#define ANSWER_409 ANSWER_ROW(409, ANSWER_PROBLEM, NULL, NULL, "State of the record, or a lock on it, forbids this")
#define ANSWER_413 ANSWER_ROW(413, ANSWER_PROBLEM, NULL, NULL, "File or body over the limit")
#define ANSWER_415 ANSWER_ROW(415, ANSWER_PROBLEM, NULL, NULL, "Content type that this operation does not take")
#define ANSWER_429 ANSWER_ROW(429, ANSWER_PROBLEM, NULL, "Retry-After", "Too many requests")
#define ANSWER_500 ANSWER_ROW(500, ANSWER_PROBLEM, NULL, NULL, "Server fault")
#define ANSWER_503 ANSWER_ROW(503, ANSWER_PROBLEM, NULL, "Retry-After", "Busy; come again")

/* Of every operation with a token. */
#define ANSWERS_ALWAYS ANSWER_401, ANSWER_403, ANSWER_429, ANSWER_500

#define ANSWER_DONE(text)    ANSWER_ROW(204, ANSWER_EMPTY, NULL, NULL, text)
#define ANSWER_TASK          ANSWER_ROW(200, ANSWER_UUID, NULL, "Location X-Task-Id", "Id of the task that tells how far it is")
#define ANSWER_CREATED(text) ANSWER_ROW(201, ANSWER_UUID, NULL, "Location", text)
/* clang-format on */

#endif
