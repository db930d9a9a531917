"""Clients share what they trust, until that changes."""

import os
import ssl

from pipeline.providers.wire.bounded_http import certificates


def test_certificates_are_read_again_only_where_they_changed(tmp_path, monkeypatch):
    own = tmp_path / "own.pem"
    made = ssl.create_default_context().get_ca_certs(binary_form=True)[0]
    own.write_text(ssl.DER_cert_to_PEM_cert(made), encoding="utf-8")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    usual = certificates()
    assert certificates() is usual
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    first = certificates()
    assert first is not usual
    assert certificates() is first
    os.utime(own, ns=(1, 1))
    assert certificates() is not first
