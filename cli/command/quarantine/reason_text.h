/* Names of reasons to refuse a message, in plain words. Pure. */
#ifndef CLI_COMMAND_QUARANTINE_REASON_TEXT_H
#define CLI_COMMAND_QUARANTINE_REASON_TEXT_H

/* One line, for people; "" for a name that this version does not know. */
const char *reason_text(const char *name);

#endif
