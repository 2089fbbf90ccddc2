"""Telling people outside what waits for them, as long as a runner is awake.

Whom, and why, is said where the event is (`engine/notices`); here it is sent.

hours      when nothing is sent
choosing   what is sent now, together, and what is held
outbox     what waits, as rows: claimed before it is sent, ended after
words      the message (`composing` puts it together): gates (`asking`), `failing`
address    where a target is, and which parts of that nobody may see
sending    sending it, in a process of its own (`apprising`)
notifier   all of this, as long as a runner is awake
standing   what people are shown of it
"""
