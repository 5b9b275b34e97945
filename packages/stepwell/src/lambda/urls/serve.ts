import type { Clock } from "../../kernel/clock.ts";
import type { CallContext } from "../../kernel/context.ts";
import { AwsError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Store } from "../../store/store.ts";
import type { StoredFunctions } from "../catalog.ts";
import type { FunctionInvoker } from "../invoke.ts";
import { invokeStreaming } from "../invoke-stream.ts";
import { LATEST } from "../reference.ts";
import { isPublic } from "./access.ts";
import { corsHeaders, isPreflight, preflight } from "./cors.ts";
import { urlEvent } from "./event.ts";
import { badGateway, forbidden, refusal, type UrlRequest, type UrlResponse } from "./http.ts";
import { urlResponse } from "./response.ts";
import { streamedResponse } from "./streamed-response.ts";
import { functionUrls } from "./table.ts";
import type { FunctionUrl } from "./url.ts";

interface ServedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly catalog: StoredFunctions;
  readonly invoker: FunctionInvoker;
}

/** Serves what requests to functions' URLs ask for (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). */
export class ServedUrls {
  readonly #options: ServedOptions;

  constructor(options: ServedOptions) {
    this.#options = options;
  }

  find(id: string): Promise<FunctionUrl | undefined> {
    return functionUrls.byId(this.#options.store, id);
  }

  /** Never rejects. */
  async answer(url: FunctionUrl, request: UrlRequest): Promise<UrlResponse> {
    try {
      if (isPreflight(url.cors, request)) return preflight(url.cors!, request);
      const response = (await this.#mayInvoke(url, request)) ? await this.#invoke(url, request) : forbidden();
      return { ...response, headers: { ...response.headers, ...corsHeaders(url.cors, request) } };
    } catch (error) {
      if (error instanceof AwsError) return refusalOf(error);
      this.#options.log.error({ function: url.name, error }, "a function's URL could not be answered");
      return badGateway();
    }
  }

  /** Who signs is of the account that owns everything here, and so needs no permission. */
  async #mayInvoke(url: FunctionUrl, request: UrlRequest): Promise<boolean> {
    if (url.authType === "AWS_IAM") return request.accessKeyId !== undefined;
    const { account, region, name } = url;
    const latest = await this.#options.catalog.stored({ account, region, name, version: LATEST });
    return latest !== undefined && isPublic(url, latest.shared.policies);
  }

  async #invoke(url: FunctionUrl, request: UrlRequest): Promise<UrlResponse> {
    const { invoker, clock, log } = this.#options;
    const { account, region, name, qualifier } = url;
    const context: CallContext = {
      ...{ account, region, clock, log },
      principal: request.accessKeyId === undefined ? "*" : `arn:aws:iam::${account}:root`,
      requestId: request.requestId,
      signal: request.signal,
    };
    const input = {
      FunctionName: name,
      ...(qualifier === LATEST ? {} : { Qualifier: qualifier }),
      Payload: Buffer.from(urlEvent(url, request, clock.now())),
    };
    if (url.invokeMode === "RESPONSE_STREAM") {
      return streamedResponse(await invokeStreaming(invoker, context, input));
    }
    const output = await invoker.invoke(context, input);
    if (output.FunctionError !== undefined || output.Payload === undefined) return badGateway();
    return urlResponse(Buffer.from(output.Payload).toString());
  }
}

/** Lambda's own refusal of an invocation. */
function refusalOf(error: AwsError): UrlResponse {
  return error.fault === "server" ? badGateway() : refusal(error.httpStatus, error.message, error.code);
}
