import { drain } from "./drain.mjs";
import { queueToFunction } from "./queue-to-function.mjs";
import { rules } from "./rules.mjs";
import { schedules } from "./schedules.mjs";
import { sqsHttp } from "./sqs-http.mjs";
import { sqsInside } from "./sqs-inside.mjs";

export const EVENT_MEASURES = [sqsHttp, sqsInside, queueToFunction, drain, rules, schedules];
