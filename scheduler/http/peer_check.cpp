#include "scheduler/http/peer_check.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <memory>

namespace http {

namespace {

bool is_ip_address(const std::string& host) {
    std::array<unsigned char, 16> address{};
    return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

std::string address_text(const ASN1_OCTET_STRING* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
    const char* done = inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
    return done != nullptr ? done : "?";
}

// "localhost, 127.0.0.1": what the certificate says it is for.
std::string names_in(X509* certificate) {
    struct Free {
        void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
    };
    const std::unique_ptr<GENERAL_NAMES, Free> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::string out;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
        if (!out.empty()) out += ", ";
        if (name->type == GEN_IPADD) {
            out += address_text(name->d.iPAddress);
        } else {
            out.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
        }
    }
    return out.empty() ? "no name at all" : out;
}

std::string explain(int error, const std::string& host, X509* certificate) {
    switch (error) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the server's certificate is for " + names_in(certificate) + ", not for " + host +
                   ": connect by one of those names, or start lockhub with --hostname " + host;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the server's certificate has expired; lockhub renews its own when it starts (or this "
                   "machine's clock is wrong)";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the server's certificate is not valid yet: is this machine's clock right?";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "the server's certificate is not signed by a CA that is trusted here: name the CA file "
                   "that "
                   "belongs to this server (lockhub: ca.pem in its data directory)";
        default:
            return std::string("the server's certificate was not accepted: ") +
                   X509_verify_cert_error_string(error);
    }
}

}  // namespace

PeerCheck::PeerCheck(ssl_st* ssl, const std::string& host) : host_(host) {
    if (is_ip_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
        return;
    }
    // A name that could not be set would not be checked.
    if (SSL_set1_host(ssl, host.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) {
        failure_ = "'" + host + "' cannot be a host name";
    }
}

bool PeerCheck::verify(bool accepted, x509_store_ctx_st* chain) {
    if (!accepted && !failure_) {
        failure_ = explain(X509_STORE_CTX_get_error(chain), host_, X509_STORE_CTX_get_current_cert(chain));
    }
    return !failure_;
}

bool peer_closed(int socket) {
    char byte = 0;
    // 0 is the end; a byte is a TLS alert or noise; EAGAIN is the silence of a living connection.
    return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

}  // namespace http
