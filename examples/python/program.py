"""What a Python program does on the other side: the official client, one topic, both directions.

usage: program.py ENDPOINT TOPIC GROUP SOURCE
Prints one JSON line for everything that happens, and ends when its standard input does.
"""

import json
import sys
import uuid
from datetime import datetime, timezone

from rocketmq import (ClientConfiguration, ConsumeResult, Credentials, FilterExpression,
                      Message, MessageListener, Producer, PushConsumer)

endpoint, topic, group, source = sys.argv[1:]


def tell(**facts):
    print(json.dumps(facts), flush=True)


class Listener(MessageListener):
    def consume(self, message: Message) -> ConsumeResult:
        if message.properties.get("source") == source:
            tell(event="received", id=message.message_id, key=message.message_group, tag=message.tag,
                 body=json.loads(message.body.decode()))
        return ConsumeResult.SUCCESS


def step(order_id: str, name: str) -> Message:
    """A message that halfway's consumers read: CloudEvents attributes as properties, the data as JSON."""
    message = Message()
    message.topic = topic
    message.tag = "step.taken"
    message.keys = order_id
    message.message_group = order_id
    message.body = json.dumps({"orderId": order_id, "name": name}).encode()
    attributes = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "python/" + source, "type": "step.taken",
                  "time": datetime.now(timezone.utc).isoformat(), "subject": order_id, "dataversion": "1"}
    for name, value in attributes.items():
        message.add_property(name, value)
    return message


configuration = ClientConfiguration(endpoint, Credentials(), request_timeout=10)
producer = Producer(configuration, [topic])
producer.startup()
consumer = PushConsumer(configuration, group, Listener(), {topic: FilterExpression()})
consumer.startup()
tell(event="ready")

for line in sys.stdin:
    command = json.loads(line)
    receipt = producer.send(step(command["orderId"], command["name"]))
    tell(event="sent", id=receipt.message_id, offset=receipt.offset)

consumer.shutdown()
producer.shutdown()
tell(event="closed")
