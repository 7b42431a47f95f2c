#!/usr/bin/env bash
# What `shardproof seal` writes, judged by programs of others: bagit.py, minisign, OpenSSL with a time-stamp authority
# made here. Each of them must accept it, and must refuse it when one byte is another.
#
#   tests/validators.sh BINARY [PYTHON_WITH_BAGIT]
set -euo pipefail

binary=$(realpath "$1")
python=${2:-python3}
# Not its real path: a virtual environment is known by the link.
case $python in */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "error: $*" >&2
    exit 1
}

# Runs a command that must succeed.
yes() {
    "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "refused: $*"; }
}

# Runs a command that must fail.
no() {
    if "$@" >"$work/said" 2>&1; then cat "$work/said" >&2; fail "accepted: $*"; fi
}

# Changes one bit of the byte at a place of a file; the same call changes it back.
flip() {
    python3 - "$1" "$2" <<'P'
import sys
path, place = sys.argv[1], int(sys.argv[2])
content = bytearray(open(path, "rb").read())
content[place] ^= 1
open(path, "wb").write(content)
P
}

# The authority: a root, and a certificate that may stamp.
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj "/CN=Test root" -days 30 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj "/CN=Test time" 2>/dev/null
printf 'extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n' >tsa.ext
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile tsa.ext -out tsa.pem -days 30 2>/dev/null
cat >tsa.cnf <<'C'
[tsa]
default_tsa = config
[config]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
C
echo 01 >serial
minisign -G -W -p signer.pub -s signer.key >/dev/null

"$binary" scan "$root/fixtures/shards" -d "$root/fixtures/publishers.csv" -o evidence --keep-records --quiet || [ $? = 3 ]
yes "$binary" seal evidence --key signer.key --comment "Case 7" --organization "Example Press"
tags=evidence/tagmanifest-sha256.txt
reply() {
    openssl ts -reply -config tsa.cnf -queryfile "$1" -out "$2" 2>/dev/null
}
reply $tags.tsq answer.tsr
# The answer to another query over the same file.
openssl ts -query -data $tags -sha256 -cert -out other.tsq 2>/dev/null
reply other.tsq other.tsr
no "$binary" seal evidence --attach other.tsr
yes "$binary" seal evidence --attach answer.tsr
grep -q "signature holds" "$work/said" || fail "the signature of the token was not checked"
yes "$binary" unseal evidence --public-key signer.pub

bagit=("$python" -m bagit --validate evidence)
signed=(minisign -Vm $tags -p signer.pub)
stamped=(openssl ts -verify -data $tags -in $tags.tsr -CAfile ca.pem)
asked=(openssl ts -verify -queryfile $tags.tsq -in $tags.tsr -CAfile ca.pem)
# `cksum --check` of coreutils 9 reads both lines; this one is in older ones as well, and reads its own line.
digests=(sha256sum --check --quiet tagmanifest-sha256.txt.tsr.cksum)
yes "${bagit[@]}"
yes "${signed[@]}"
yes "${stamped[@]}"
yes "${asked[@]}"
cd evidence; yes "${digests[@]}"; yes sha256sum --check --quiet manifest-sha256.txt tagmanifest-sha256.txt; cd ..

# One byte, anywhere: the program that vouches for it says no, and `unseal` names the file.
altered() {
    flip "$1" "$2"
    no "${@:3}"
    no "$binary" unseal evidence
    grep -q "^altered: ${1#evidence/}: " "$work/said" || { cat "$work/said" >&2; fail "\`unseal\` does not name $1"; }
    flip "$1" "$2"
}
for file in data/matches.csv data/manifest.json bag-info.txt manifest-sha256.txt manifest-sha512.txt; do
    altered evidence/$file 40 "${bagit[@]}"
done
altered $tags 3 "${bagit[@]}"
altered $tags 3 "${signed[@]}"
altered $tags 3 "${stamped[@]}"
# The first line of a signature is a comment that minisign does not look at; the second one is the signature.
altered $tags.minisig $(($(head -n 1 $tags.minisig | wc -c) + 20)) "${signed[@]}"
altered $tags.tsq 40 "${asked[@]}"
altered $tags.tsr $(($(stat -c %s $tags.tsr) - 20)) "${stamped[@]}"
yes "$binary" unseal evidence --public-key signer.pub

# A bag with records below several folders, sealed without a key, is one as well.
"$binary" scan "$root/fixtures/shards/c4" -d "$root/fixtures/publishers.csv" -o evidence2 --quiet
yes "$binary" seal evidence2
yes "$python" -m bagit --validate evidence2

echo "bagit.py, minisign and openssl accept what seal writes, and refuse it with one byte changed"
