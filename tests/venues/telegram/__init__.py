"""A strict double of Telegram's Bot API: it speaks its wire, and refuses what Telegram refuses.

It listens on 127.0.0.1 and runs in a thread of its own, so that a test can hold it whoever its client is.

    with TelegramDouble(42) as double:
        ...                    # a bot whose environment has `double.environment`
        double.writes(42, "/status")
        assert double.texts(42) == [...]

What it knows: one bot and its token; chats that wrote to the bot once; messages with HTML, pictures and buttons; what
people write and press, to be asked for by one process at a time. What it does not know: webhooks that deliver, media
other than pictures, threads, inline queries, payments.
"""
