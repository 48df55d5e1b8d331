# What a boot script is made by in Python: Flask, one connection for each process of uwsgi.

import os
import re
import sqlite3

from flask import Flask, Response, abort, render_template, request

app = Flask(__name__)
app.jinja_env.keep_trailing_newline = True

db = sqlite3.connect(os.environ["HOSTS_DB"])
db.row_factory = sqlite3.Row


@app.get("/flask.ipxe")
def boot():
    mac = re.sub("[:.-]", "", request.args.get("mac", "")).lower()
    host = db.execute(
        "SELECT host.name, host.asset, profile.kernel, profile.initrd FROM host"
        " JOIN profile ON profile.name = host.profile WHERE host.mac_key = ?",
        (mac,),
    ).fetchone()
    if host is None:
        abort(404)
    text = render_template(
        "boot.ipxe",
        host=host,
        initrd=os.path.basename(host["initrd"]),
        base=os.environ["BASE_URL"],
    )
    return Response(text, mimetype="text/plain")
