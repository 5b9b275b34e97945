import { AwsError } from "../kernel/errors.ts";
import type { Service, ServiceOptions } from "../kernel/service.ts";
import { checkSnsInput } from "./check.ts";
import { confirmSubscription, unsubscribe } from "./confirm.ts";
import { describeHttpDelivery, HttpDeliveries } from "./http/deliveries.ts";
import type { SnsParts } from "./parts.ts";
import { addPermission, removePermission } from "./policy.ts";
import { Publisher } from "./publish.ts";
import { listNotifications } from "./recorded.ts";
import { Signer } from "./signing/signer.ts";
import { subscribe } from "./subscribe.ts";
import { getSubscriptionAttributes, setSubscriptionAttributes } from "./subscription-attributes.ts";
import { listSubscriptions, listSubscriptionsByTopic } from "./subscriptions.ts";
import { listTags, tagResource, untagResource } from "./tags.ts";
import { getTopicAttributes, setTopicAttributes } from "./topic-attributes.ts";
import { createTopic, deleteTopic, listTopics } from "./topics.ts";
import { UNSUPPORTED_OPERATIONS } from "./unsupported.ts";

/** SNS: topics whose messages reach functions, queues and HTTP endpoints, and are recorded for phones and e-mail. */
export function createSnsService(options: ServiceOptions): Service {
  const { store, ids, log, dispatcher, targets, endpointUrl, clock } = options;
  const signer = new Signer(store);
  const parts: SnsParts = { store, ids, log, dispatcher, targets, signer, endpointUrl };
  const deliveries = new HttpDeliveries({ ...options, ...parts });
  const publisher = new Publisher(parts, () => clock.now());
  targets.add("sns", publisher.target);
  return {
    name: "sns",
    operations: {
      ...UNSUPPORTED_OPERATIONS,
      AddPermission: (context, input) => addPermission(parts, context, input),
      ConfirmSubscription: (context, input) => confirmSubscription(parts, context, input),
      CreateTopic: (context, input) => createTopic(parts, context, input),
      DeleteTopic: (context, input) => deleteTopic(parts, context, input),
      GetSubscriptionAttributes: (context, input) => getSubscriptionAttributes(parts, context, input),
      GetTopicAttributes: (context, input) => getTopicAttributes(parts, context, input),
      ListSubscriptions: (context, input) => listSubscriptions(parts, context, input),
      ListSubscriptionsByTopic: (context, input) => listSubscriptionsByTopic(parts, context, input),
      ListTagsForResource: (context, input) => listTags(parts, context, input),
      ListTopics: (context, input) => listTopics(parts, context, input),
      Publish: (context, input) => publisher.publish(context, input),
      PublishBatch: (context, input) => publisher.publishBatch(context, input),
      RemovePermission: (context, input) => removePermission(parts, context, input),
      SetSubscriptionAttributes: (context, input) => setSubscriptionAttributes(parts, context, input),
      SetTopicAttributes: (context, input) => setTopicAttributes(parts, context, input),
      Subscribe: (context, input) => subscribe(parts, context, input),
      TagResource: (context, input) => tagResource(parts, context, input),
      Unsubscribe: (context, input) => unsubscribe(parts, context, input),
      UntagResource: (context, input) => untagResource(parts, context, input),
    },
    ownOperations: {
      /** The certificate that verifies the messages of this installation's topics. */
      async GetSigningCertificate(_context, { CertificateName }: { readonly CertificateName: string }) {
        const { certificateName, certificate } = await signer.signatures();
        if (CertificateName !== certificateName) {
          throw new AwsError(
            "ResourceNotFoundException",
            `There is no certificate ${CertificateName}; messages are signed with ${certificateName}.`,
            { httpStatus: 404 },
          );
        }
        return { ContentType: "application/x-pem-file", Certificate: Buffer.from(certificate) };
      },
      ListNotifications: (context, input) => listNotifications(parts, context, input),
    },
    check: checkSnsInput,
    describeDue: describeHttpDelivery,
    close: () => deliveries.close(),
  };
}
