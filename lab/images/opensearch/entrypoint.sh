#!/usr/bin/env bash
# The official image's behaviour: environment variables with a dot are settings (discovery.type=single-node);
# OPENSEARCH_JAVA_OPTS; DISABLE_SECURITY_PLUGIN; and, unless DISABLE_INSTALL_DEMO_CONFIG=true or the security plugin is
# configured already, a demo certificate and the user admin with OPENSEARCH_INITIAL_ADMIN_PASSWORD (mandatory from 2.12 on).
set -Eeuo pipefail
cd /usr/share/opensearch
config=config/opensearch.yml

demo_certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=lab demo root' \
        -keyout config/root-ca-key.pem -out config/root-ca.pem 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -subj '/C=de/L=test/O=node/OU=node/CN=node-0.example.com' \
        -keyout config/esnode-key.pem -out config/esnode.csr 2>/dev/null
    openssl x509 -req -in config/esnode.csr -CA config/root-ca.pem -CAkey config/root-ca-key.pem -CAcreateserial -days 3650 \
        -extfile <(echo "subjectAltName=DNS:node-0.example.com,DNS:localhost,IP:127.0.0.1,DNS:$(hostname)") \
        -out config/esnode.pem 2>/dev/null
    rm -f config/esnode.csr
    chmod 600 config/*-key.pem
}

demo_users() {
    local hash
    hash=$(PASSWORD="$1" perl -e '
        my @a = (".", "/", 0..9, "A".."Z", "a".."z");
        open(my $r, "<", "/dev/urandom"); read($r, my $b, 21);
        print crypt($ENV{PASSWORD}, q($2b$10$) . join("", map { $a[ord($_) % 64] } split(//, $b)) . ".");')
    printf '%s\n' '---' '_meta: {type: internalusers, config_version: 2}' \
        "admin: {hash: \"$hash\", reserved: true, backend_roles: [admin], description: Demo admin user}" \
        >config/opensearch-security/internal_users.yml
}

install_demo() {
    local password="${OPENSEARCH_INITIAL_ADMIN_PASSWORD:-}"
    if [ -z "$password" ]; then
        if [ "$OPENSEARCH_VERSION" != 2.11.1 ]; then
            echo >&2 "No custom admin password found. Please provide a password via the environment variable OPENSEARCH_INITIAL_ADMIN_PASSWORD."
            exit 1
        fi
        password=admin
    fi
    demo_certificates
    demo_users "$password"
    cat >>"$config" <<'YML'
plugins.security.ssl.transport.pemcert_filepath: esnode.pem
plugins.security.ssl.transport.pemkey_filepath: esnode-key.pem
plugins.security.ssl.transport.pemtrustedcas_filepath: root-ca.pem
plugins.security.ssl.transport.enforce_hostname_verification: false
plugins.security.ssl.http.enabled: true
plugins.security.ssl.http.pemcert_filepath: esnode.pem
plugins.security.ssl.http.pemkey_filepath: esnode-key.pem
plugins.security.ssl.http.pemtrustedcas_filepath: root-ca.pem
plugins.security.allow_default_init_securityindex: true
plugins.security.authcz.admin_dn: ["CN=kirk,OU=client,O=client,L=test,C=de"]
plugins.security.restapi.roles_enabled: ["all_access", "security_rest_api_access"]
plugins.security.system_indices.enabled: true
YML
}

if [ "${1:-}" != opensearch ] && [ "${1:0:1}" != - ]; then
    exec "$@"
fi
[ "${1:-}" != opensearch ] || shift

settings=()
while IFS= read -r -d '' entry; do
    if [[ "$entry" =~ ^[a-z0-9_]+\.[a-z0-9_.]+= ]]; then
        settings+=("-E${entry}")
    fi
done < <(env -0)

if [ "${DISABLE_SECURITY_PLUGIN:-false}" = true ]; then
    settings+=("-Eplugins.security.disabled=true")
elif [ "${DISABLE_INSTALL_DEMO_CONFIG:-false}" != true ] && ! grep -q '^plugins.security' "$config"; then
    install_demo
fi

mkdir -p /tmp/opensearch
# shellcheck disable=SC2086 # OPENSEARCH_JAVA_OPTS holds several options
exec java -Xms1g -Xmx1g @config/jvm.args ${OPENSEARCH_JAVA_OPTS:-} \
    -Djava.io.tmpdir=/tmp/opensearch -Djna.tmpdir=/tmp/opensearch \
    -Dopensearch.path.home=/usr/share/opensearch -Dopensearch.path.conf=/usr/share/opensearch/config \
    -cp '/usr/share/opensearch/lib/*' org.opensearch.bootstrap.OpenSearch "${settings[@]}" "$@"
