"""Runs a Python handler for the Lambda Runtime API.

Needs nothing but Python 3.9 or newer and its standard library. What handlers see (the context, the log's format, the
errors) is what AWS documents: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

import decimal
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

RUNTIME = "/2018-06-01/runtime"
HERE = os.path.abspath(__file__)
LEVELS = {
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
}


class Fault(Exception):
    """A failure that Lambda has a name of its own for."""

    def __init__(self, error_type, message, stack_trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.stack_trace = list(stack_trace)


class RuntimeApi:
    """One connection, kept open: a request for the next invocation waits until there is one."""

    def __init__(self, address):
        self._connection = http.client.HTTPConnection(address, timeout=None)

    def next(self):
        return self._request("GET", "/invocation/next")

    def respond(self, request_id, text):
        self._request("POST", f"/invocation/{request_id}/response", text)

    def fail(self, request_id, error):
        self._request("POST", f"/invocation/{request_id}/error", to_json(error), error["errorType"])

    def fail_init(self, error):
        self._request("POST", "/init/error", to_json(error), error["errorType"])

    def _request(self, method, path, text=None, error_type=None):
        headers = {"Content-Type": "application/json"}
        if error_type is not None:
            headers["Lambda-Runtime-Function-Error-Type"] = error_type.encode("ascii", "replace")
        body = None if text is None else text.encode("utf-8", "backslashreplace")
        self._connection.request(method, RUNTIME + path, body, headers)
        response = self._connection.getresponse()
        return response.headers, response.read()


class Record:
    """An object with the given fields; what a source lacks is None."""

    def __init__(self, source, fields):
        for attribute, key in fields.items():
            setattr(self, attribute, source.get(key))

    def __repr__(self):
        fields = ",".join(f"{name}={value}" for name, value in vars(self).items())
        return f"{type(self).__name__}([{fields}])"


def same(*names):
    return {name: name for name in names}


class CognitoIdentity(Record):
    FIELDS = {"cognito_identity_id": "cognitoIdentityId", "cognito_identity_pool_id": "cognitoIdentityPoolId"}


class Client(Record):
    FIELDS = same("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(Record):
    FIELDS = same("custom", "env", "client")

    def __init__(self, source):
        super().__init__(source, self.FIELDS)
        if self.client is not None:
            self.client = Client(self.client, Client.FIELDS)


class LambdaContext:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers):
        environment = os.environ
        self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.tenant_id = headers.get("Lambda-Runtime-Aws-Tenant-Id")
        identity = json.loads(headers.get("Lambda-Runtime-Cognito-Identity") or "{}")
        self.identity = CognitoIdentity(identity, CognitoIdentity.FIELDS)
        client_context = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = ClientContext(json.loads(client_context)) if client_context else None
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        fields = ",".join(f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"LambdaContext([{fields}])"


class TextFormatter(logging.Formatter):
    def __init__(self):
        super().__init__("[%(levelname)s]\t%(asctime)s\t%(aws_request_id)s\t%(message)s\n")

    def formatTime(self, record, datefmt=None):
        return timestamp(record.created)


class JsonFormatter(logging.Formatter):
    """An object in one line: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

    # What every record has; the rest is what was logged as `extra`.
    COMMON = {*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id"}

    def format(self, record):
        # Levels of one's own count as the next lower one that Lambda knows, or it would leave the line out.
        level = logging.getLevelName(min(50, max(0, record.levelno)) // 10 * 10)
        line = {
            "timestamp": timestamp(record.created),
            "level": level,
            "message": record.getMessage(),
            "logger": record.name,
        }
        error_type, error, trace = record.exc_info or (None, None, None)
        if error_type is not None:
            line["stackTrace"] = traceback.format_tb(trace)
            line["errorType"] = error_type.__name__
            line["errorMessage"] = str(error)
            line["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        line["requestId"] = record.aws_request_id
        for name, value in vars(record).items():
            if value is not None and name not in line and name not in self.COMMON:
                line[name] = value
        return json.dumps(line, ensure_ascii=False, default=str) + "\n"


class LogHandler(logging.Handler):
    """Writes to the standard output of the moment, in Lambda's format."""

    def __init__(self):
        super().__init__()
        self.request_id = ""
        self.setFormatter(JsonFormatter() if logs_json() else TextFormatter())

    def emit(self, record):
        record.aws_request_id = self.request_id
        sys.stdout.write(self.format(record))


def logs_json():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def timestamp(seconds):
    milliseconds = int(seconds * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000)) + f".{milliseconds % 1000:03d}Z"


def to_json(value):
    return json.dumps(value, ensure_ascii=False, default=encode)


def encode(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def load_handler(name):
    """The function that `package/module.function` names."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
        )
    dotted = module_name.replace("/", ".")
    if dotted.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = importlib.import_module(dotted)
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{module_name}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", message, [where]) from None
    if not hasattr(module, function_name):
        raise Fault("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return getattr(module, function_name)


def call(handler, body, context):
    """The handler's answer as JSON."""
    try:
        event = json.loads(body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
    result = handler(event, context)
    try:
        return to_json(result)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def describe(error, request_id=""):
    """The error in the shape of Lambda's answers; frames of this file are left out."""
    if isinstance(error, Fault):
        error_type, stack_trace = error.error_type, error.stack_trace
    else:
        error_type = type(error).__name__
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != HERE]
        # What the import system itself adds says nothing about the function.
        frames = [frame for frame in frames if not frame.filename.startswith("<frozen importlib")]
        stack_trace = traceback.format_list(frames)
    return {
        "errorMessage": str(error),
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": stack_trace,
    }


def log_error(error):
    if logs_json():
        sys.stdout.write(to_json({"timestamp": timestamp(time.time()), "level": "ERROR", **error}) + "\n")
        return
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}", "Traceback (most recent call last):"]
    for element in error["stackTrace"]:
        lines.extend(element.splitlines())
    sys.stdout.write("\n".join(lines) + "\n")


def set_trace_id(trace_id):
    if trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def search_path(task_root):
    """Where modules come from: the function's code, then its layers, then what this Python brings along."""
    opt = os.environ.get("STEPWELL_OPT")
    version = os.environ["AWS_EXECUTION_ENV"].replace("AWS_Lambda_", "")
    python = os.path.join(opt or "", "python")
    layers = [] if opt is None else [os.path.join(python, "lib", version, "site-packages"), python]
    return [task_root, *layers, *(folder for folder in sys.path[1:] if folder not in layers)]


def main():
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.path[:] = search_path(os.environ["LAMBDA_TASK_ROOT"])
    log_handler = LogHandler()
    root = logging.getLogger()
    root.addHandler(log_handler)
    level = LEVELS.get(os.environ.get("AWS_LAMBDA_LOG_LEVEL"))
    if level is not None:
        root.setLevel(level)

    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        described = describe(error)
        log_error(described)
        api.fail_init(described)
        sys.exit(1)

    while True:
        headers, body = api.next()
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        log_handler.request_id = request_id
        set_trace_id(headers.get("Lambda-Runtime-Trace-Id"))
        try:
            answer = call(handler, body, LambdaContext(headers))
        except Exception as error:
            described = describe(error, request_id)
            log_error(described)
            api.fail(request_id, described)
        else:
            api.respond(request_id, answer)


if __name__ == "__main__":
    main()
