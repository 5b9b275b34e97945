// What an AWS client can do at most: answers of the right form to SQS's requests, made up beforehand, and nothing else.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const body = process.argv[2];
const md5 = createHash("md5").update(body).digest("hex");
const message = { MessageId: "0", ReceiptHandle: "0", MD5OfBody: md5, Body: body };
const answers = {
  SendMessage: JSON.stringify({ MessageId: "0", MD5OfMessageBody: md5 }),
  ReceiveMessage: JSON.stringify({ Messages: [message] }),
  DeleteMessage: "{}",
};

const server = createServer((request, response) => {
  const operation = request.headers["x-amz-target"].split(".")[1];
  request
    .on("data", () => {})
    .on("end", () => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
      response.end(answers[operation]);
    });
});
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
