#!/bin/sh
# Gives a role the right to call Bedrock's models, sees that it has it, and lists what the region offers.
# Needs a shell, Node and AWS's command line with credentials that may read and write the role's inline policies.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)

role=medzen-bedrock-lambda
policy_name=bedrock-models-access
policy_file=$here/iam-policies/bedrock-models-access.json
region=
account=
dry_run=false

usage() {
  cat <<'TEXT'
Usage: setup-bedrock-permissions.sh [options]

  --role NAME         role to change (medzen-bedrock-lambda)
  --policy-name NAME  its inline policy (bedrock-models-access)
  --policy FILE       policy to apply (iam-policies/bedrock-models-access.json); make one of your own with
                      pointsman iam policy --account ID --region REGION > FILE
  --region REGION     where the models are listed (the policy's own)
  --account ID        account of the policy's profiles (that of the credentials)
  --dry-run           print what would be applied, change nothing
  -h, --help          this text

Applying it again changes nothing. Exit code 1 where something failed, 2 where it was wrongly called.
TEXT
}

fail() {
  echo "❌ Error: $1" >&2
  exit "${2:-1}"
}

while [ $# -gt 0 ]; do
  option=$1
  case $option in
    --role | --policy-name | --policy | --region | --account)
      [ $# -ge 2 ] && [ -n "$2" ] || fail "$option needs a value. See --help." 2
      case $option in
        --role) role=$2 ;;
        --policy-name) policy_name=$2 ;;
        --policy) policy_file=$2 ;;
        --region) region=$2 ;;
        --account) account=$2 ;;
      esac
      shift 2
      ;;
    --dry-run)
      dry_run=true
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "$option is no option. See --help." 2 ;;
  esac
done

command -v node >/dev/null || fail 'Node is not installed: https://nodejs.org'
command -v aws >/dev/null || fail "AWS's command line is not installed: https://aws.amazon.com/cli"
[ -r "$policy_file" ] || fail "There is no policy at $policy_file." 2
case $account in
  '' | [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]) ;;
  *) fail "--account takes twelve digits, not \"$account\"." 2 ;;
esac

# Version 1 of AWS's command line reads this name only, and asks for a region even where a service has none.
export AWS_DEFAULT_REGION="${region:-${AWS_REGION:-${AWS_DEFAULT_REGION:-eu-central-1}}}"

if [ -z "$account" ]; then
  account=$(aws sts get-caller-identity --query Account --output text) ||
    fail 'AWS does not know these credentials. Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'
fi

# The account's own profiles in place of any account's; without white space, as AWS counts the length.
policy=$(node -e '
  const { readFileSync } = require("node:fs")
  const [file, account] = process.argv.slice(1)
  let policy
  try { policy = JSON.parse(readFileSync(file, "utf8")) } catch (thrown) { console.error(thrown.message); process.exit(1) }
  process.stdout.write(JSON.stringify(policy).replaceAll(/:\*:((application-)?inference-profile\/)/g, `:${account}:$1`))
' -- "$policy_file" "$account") || fail "$policy_file holds no policy."
length=${#policy}
[ "$length" -le 10240 ] ||
  fail "The policy has $length characters; the inline policies of a role may have 10,240 together. Make a shorter one: pointsman iam policy --compact"
[ -n "$region" ] || region=$(printf '%s' "$policy" | sed -n 's/.*bedrock:\([a-z0-9-]*\):[0-9]*:inference-profile.*/\1/p')
[ -n "$region" ] || region=$AWS_DEFAULT_REGION

# same A B: whether two texts are the same JSON, in whatever order their names stand.
same() {
  node -e '
    const plain = (value) => Array.isArray(value) ? value.map(plain) : value !== null && typeof value === "object"
      ? Object.fromEntries(Object.keys(value).sort().map((name) => [name, plain(value[name])])) : value
    const [a, b] = process.argv.slice(1).map((text) => JSON.stringify(plain(JSON.parse(text))))
    process.exit(a === b ? 0 : 1)
  ' -- "$1" "$2"
}

present() {
  aws iam get-role-policy --role-name "$role" --policy-name "$policy_name" --query PolicyDocument --output json
}

echo "Role: $role (account $account)"
echo "Policy: $policy_name, $length characters"
aws iam get-role --role-name "$role" --query Role.Arn --output text >/dev/null ||
  fail "The role $role cannot be read. Create it first, or name another with --role."

before=$(present 2>/dev/null) || before=
if [ -n "$before" ] && same "$before" "$policy"; then
  echo "✅ $policy_name is already as it should be; nothing was changed."
elif [ "$dry_run" = true ]; then
  echo "Would apply:"
  printf '%s\n' "$policy"
else
  aws iam put-role-policy --role-name "$role" --policy-name "$policy_name" --policy-document "$policy" ||
    fail "AWS refused the policy (see above). The credentials need iam:PutRolePolicy on $role."
  after=$(present) || fail "The policy was applied and cannot be read back. The credentials need iam:GetRolePolicy on $role."
  same "$after" "$policy" || fail 'What AWS has is not what was applied. Run it again.'
  echo "✅ $policy_name is applied. AWS takes a minute or two to know it everywhere."
fi

echo "Models in $region:"
aws bedrock list-foundation-models --region "$region" \
  --query 'modelSummaries[?modelLifecycle.status==`ACTIVE`].[modelId]' --output text ||
  fail 'The models cannot be listed. These credentials need bedrock:ListFoundationModels; the policy gives it to the role.'
