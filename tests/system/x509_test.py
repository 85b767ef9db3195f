"""Devices that prove themselves by certificate (protocol sheet §1.1), with certificates that openssl makes."""

import ssl
import subprocess
import unittest

from mqtt_wire import Service, connect, connect_with_key, tls_context, tls_peer, user_of
from rig import BIN, Rig

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def openssl(*arguments):
    subprocess.run(["openssl", *[str(part) for part in arguments]], check=True, capture_output=True, timeout=30)


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.rig.start_hub()
        cls.service = Service(cls.rig)
        cls.home = cls.rig.home

    @classmethod
    def tearDownClass(cls):
        cls.rig.__exit__()

    def self_signed(self, name, days=30):
        pem, key = self.home / f"{name}.pem", self.home / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", pem, "-days", days)
        return pem, key

    def authority(self, name):
        return self.self_signed(name)

    def signed(self, name, authority, tag="", arguments=("-days", "30")):
        pem, key, request = [self.home / f"{name}{tag}.{kind}" for kind in ("pem", "key", "csr")]
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", authority[0], "-CAkey", authority[1], "-CAcreateserial",
                "-out", pem, *arguments)
        return pem, key

    def expired(self, name, authority=None):
        """A certificate that ended long ago."""
        pem, key, request = [self.home / f"{name}.{kind}" for kind in ("pem", "key", "csr")]
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", request)
        base = self.home / f"ca-{name}"
        base.mkdir()
        (base / "index").write_text("")
        (base / "serial").write_text("01\n")
        (base / "conf").write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={base}/index\nserial={base}/serial\n"
                                   f"new_certs_dir={base}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        signer = ["-selfsign", "-keyfile", key] if authority is None else ["-cert", authority[0], "-keyfile", authority[1]]
        openssl("ca", "-batch", "-config", base / "conf", "-in", request, "-out", pem, "-notext", *signer,
                "-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
        return pem, key

    @staticmethod
    def thumbprint(certificate, digest="sha256"):
        out = subprocess.run(["openssl", "x509", "-in", str(certificate[0]), "-noout", "-fingerprint", f"-{digest}"],
                             check=True, capture_output=True, text=True, timeout=30).stdout
        return out.strip().split("=")[1].replace(":", "")

    def register(self, name, kind, primary=None, secondary=None):
        self.service.ask("PUT", f"/devices/{name}", {"deviceId": name, "authentication": {
            "type": kind, "x509Thumbprint": {"primaryThumbprint": primary, "secondaryThumbprint": secondary}}})

    def answer(self, name, certificate, version=None, password=None):
        peer = tls_peer(self.rig.mqtt_port, tls_context(self.rig.data / "ca.pem", certificate, version))
        peer.send(connect(name, user_of(name), password))
        said = peer.hear()
        peer.close()
        return said

    def test_a_self_signed_certificate_is_known_by_its_thumbprint(self):
        certificate = self.self_signed("self")
        for digest in ("sha1", "sha256"):
            for position in (0, 1):
                name = f"self-{digest}-{position}"
                prints = [None, None]
                prints[position] = self.thumbprint(certificate, digest)
                self.register(name, "selfSigned", *prints)
                for version in VERSIONS:
                    for password in (None, ""):  # §1.1: absent or empty
                        self.assertEqual(self.answer(name, certificate, version, password),
                                         ["CONNACK session=0 code=0"], (name, version))

    def test_another_certificate_gets_five(self):
        self.register("wrong-print", "selfSigned", self.thumbprint(self.self_signed("right")))
        for version in VERSIONS:
            self.assertEqual(self.answer("wrong-print", self.self_signed("other"), version),
                             ["CONNACK session=0 code=5", "closed"])
            self.assertEqual(self.answer("wrong-print", None, version), ["CONNACK session=0 code=5", "closed"])
        self.rig.hub.says(r"mqtt_refused.*another one is registered")

    def test_a_password_does_not_stand_for_the_certificate(self):
        certificate = self.self_signed("with-password")
        self.register("with-password", "selfSigned", self.thumbprint(certificate))
        self.assertEqual(self.answer("with-password", certificate, None, "secret"), ["CONNACK session=0 code=5", "closed"])

    def test_an_expired_certificate_gets_five(self):
        certificate = self.expired("expired")
        self.register("expired", "selfSigned", self.thumbprint(certificate))
        for version in VERSIONS:
            self.assertEqual(self.answer("expired", certificate, version), ["CONNACK session=0 code=5", "closed"])
        self.rig.hub.says(r"mqtt_refused.*ended at 2021-01-01")

    def test_a_device_with_keys_may_show_any_certificate(self):
        key = self.service.register("with-key")
        peer = tls_peer(self.rig.mqtt_port, tls_context(self.rig.data / "ca.pem", self.self_signed("any")))
        peer.send(connect_with_key("with-key", key))
        self.assertEqual(peer.next(), "CONNACK session=0 code=0")
        peer.close()

    def test_a_registered_authority_vouches_for_the_name(self):
        authority = self.authority("Factory")
        certificate = self.signed("factory-1", authority)
        self.register("factory-1", "certificateAuthority")
        self.register("factory-2", "certificateAuthority")
        self.assertEqual(self.answer("factory-1", certificate), ["CONNACK session=0 code=5", "closed"])
        self.lockhub("ca", "add", authority[0])
        for version in VERSIONS:
            self.assertEqual(self.answer("factory-1", certificate, version), ["CONNACK session=0 code=0"])
            self.assertEqual(self.answer("factory-2", certificate, version), ["CONNACK session=0 code=5", "closed"])
        self.assertEqual(self.answer("factory-1", self.self_signed("factory-1-self")),
                         ["CONNACK session=0 code=5", "closed"])
        self.register("old", "certificateAuthority")
        self.assertEqual(self.answer("old", self.expired("old", authority)), ["CONNACK session=0 code=5", "closed"])
        self.assertIn("Factory", self.lockhub("ca", "list"))

    def test_the_hubs_own_authority_vouches_for_devices_and_its_server_certificate_does_not(self):
        own = (self.rig.data / "ca.pem", self.rig.data / "ca.key")
        self.register("own-1", "certificateAuthority")
        self.assertEqual(self.answer("own-1", self.signed("own-1", own)), ["CONNACK session=0 code=0"])
        self.register("lockhub", "certificateAuthority")
        server = (self.rig.data / "server.pem", self.rig.data / "server.key")
        self.assertEqual(self.answer("lockhub", server), ["CONNACK session=0 code=5", "closed"])

    def test_what_is_no_authority_is_refused_with_the_reason(self):
        leaf = self.signed("leaf", (self.rig.data / "ca.pem", self.rig.data / "ca.key"))
        self.assertIn("may not sign others", self.lockhub("ca", "add", leaf[0], fails=True))
        self.assertIn("no PEM certificate", self.lockhub("ca", "add", leaf[1], fails=True))

    def test_the_command_line_registers_both_kinds(self):
        certificate = self.self_signed("by-file")
        self.assertIn("x509=true", self.lockhub("device", "add", "by-file", "--x509", certificate[0]))
        self.assertEqual(self.answer("by-file", certificate), ["CONNACK session=0 code=0"])
        self.lockhub("device", "add", "by-print", "--x509", self.thumbprint(certificate))
        self.assertEqual(self.answer("by-print", certificate), ["CONNACK session=0 code=0"])
        self.lockhub("device", "add", "by-authority", "--x509", "ca")
        own = (self.rig.data / "ca.pem", self.rig.data / "ca.key")
        self.assertEqual(self.answer("by-authority", self.signed("by-authority", own)), ["CONNACK session=0 code=0"])
        self.assertIn("thumbprint", self.lockhub("device", "add", "x", "--x509", "12", fails=True))

    def test_a_session_of_a_certificate_is_not_resumed(self):
        certificate = self.self_signed("resume")
        self.register("resume", "selfSigned", self.thumbprint(certificate))
        for version in VERSIONS:
            context = tls_context(self.rig.data / "ca.pem", certificate, version)
            first = tls_peer(self.rig.mqtt_port, context)
            first.send(connect("resume", user_of("resume")))
            self.assertEqual(first.next(), "CONNACK session=0 code=0")
            session = first.stream.session
            first.stream.unwrap().close()
            second = tls_peer(self.rig.mqtt_port, context, session if session and session.has_ticket else None)
            self.assertFalse(second.stream.session_reused)
            second.send(connect("resume", user_of("resume")))
            self.assertEqual(second.next(), "CONNACK session=0 code=0")
            second.close()

    def lockhub(self, *arguments, fails=False):
        done = subprocess.run([str(part) for part in (BIN / "lockhub", *arguments, "--data", self.rig.data)],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode != 0, fails, done.stdout + done.stderr)
        return done.stdout + done.stderr


if __name__ == "__main__":
    unittest.main(verbosity=2)
