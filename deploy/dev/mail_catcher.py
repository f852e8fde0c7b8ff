"""The mail server of development and tests: it sends nothing on, and keeps each mail in a Maildir.

mail_catcher.py serve MAILDIR [PORT]   on 127.0.0.1; without a port on a free one, which is printed
mail_catcher.py list MAILDIR           the mails as JSON lines, oldest first

Addresses that end with .invalid are refused, as a server does with hosts that do not exist.
"""

import asyncio
import email
import email.policy
import json
import mailbox
import pathlib
import sys


def serve(maildir, port):
    from aiosmtpd.handlers import Mailbox
    from aiosmtpd.smtp import SMTP

    class Catcher(Mailbox):
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address.endswith(".invalid"):
                return "550 5.1.2 no such host"
            envelope.rcpt_tos.append(address)
            return "250 OK"

    async def run():
        catcher = Catcher(maildir)
        smtp = lambda: SMTP(catcher, hostname="localhost", enable_SMTPUTF8=True)
        server = await asyncio.get_running_loop().create_server(smtp, "127.0.0.1", port)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


def show(maildir):
    read = lambda file: email.message_from_binary_file(file, policy=email.policy.default)
    kept = mailbox.Maildir(maildir, factory=read, create=False)
    path = lambda key: pathlib.Path(maildir) / kept._lookup(key)
    for key in sorted(kept.keys(), key=lambda key: path(key).stat().st_mtime_ns):
        mail = kept[key]
        names = {"to": "To", "from": "From", "subject": "Subject", "message_id": "Message-ID"}
        found = {name: str(mail[header]) for name, header in names.items()}
        print(json.dumps({**found, "text": mail.get_content()}, ensure_ascii=False))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", maildir, *port]:
            serve(maildir, int(port[0]) if port else 0)
        case ["list", maildir]:
            show(maildir)
        case _:
            sys.exit(__doc__)
