#!/bin/sh
# Chapter 7 by hand: gets a token for a user and a password, and pushes with it as chapter 6 does.
#
#   REGISTRY_USER=me REGISTRY_PASSWORD=secret scripts/07-log-in.sh HOST:PORT [REPOSITORY:TAG] [IMAGE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
registry=${1:?usage: REGISTRY_USER=me REGISTRY_PASSWORD=secret scripts/07-log-in.sh HOST:PORT [REPOSITORY:TAG] [IMAGE]}
name=${2:-hello:latest}
repository=${name%:*}
. "$here/digest.sh"
image=${3:-$here/../fixtures/hello/reference}

# Ask for the first blob as if nothing were the matter. The answer is 401, with a challenge:
#   WWW-Authenticate: Bearer realm="http://.../token",service="...",scope="..."
first=sha256:$(sha256 "$image/layer.tar.gz")
challenge=$(curl --silent --head "http://$registry/v2/$repository/blobs/$first" |
    sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate: *//p' | tr -d '\r')

# parameter NAME: its value in the challenge.
parameter() {
    printf %s "$challenge" | sed -n "s/.*$1=\"\([^\"]*\)\".*/\1/p"
}

case $challenge in
    Bearer*)
        # The password goes to the realm, and comes back as a token that is good for this repository and a few minutes.
        # On a command line, everybody on the machine could read it: curl takes it from a file.
        token=$(printf 'user = "%s:%s"\n' "$REGISTRY_USER" "$REGISTRY_PASSWORD" | curl --silent --config - --get "$(parameter realm)" \
            --data-urlencode "service=$(parameter service)" \
            --data-urlencode "scope=repository:$repository:pull,push" \
            --data-urlencode "account=$REGISTRY_USER" | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
        [ -n "$token" ] || { echo "error: $(parameter realm) gave no token" >&2; exit 1; }
        authorization="Bearer $token"
        ;;
    Basic*) authorization="Basic $(printf '%s:%s' "$REGISTRY_USER" "$REGISTRY_PASSWORD" | base64)" ;;
    *) authorization= ;;
esac
export authorization
exec "$here/06-push.sh" "$@"
