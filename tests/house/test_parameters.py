"""What is chosen when Sluice is deployed: every choice told, bounded, with a default (F2)."""

import re
from typing import Any

import pytest

from infra import template
from tests.house import tree
from tests.house.each import each

FILES = sorted((template.ROOT / "infra").glob("[!p]*.yaml"))  # the push chain's are no templates
TEMPLATES = {tree.shown(path): template.load(path) for path in [template.TEMPLATE, *FILES]}
BOUNDS = {"AllowedValues", "AllowedPattern", "MinValue", "MaxValue", "MinLength"}
PARAMETERS = {
    f"{file}: {name}": parameter
    for file, loaded in TEMPLATES.items()
    for name, parameter in loaded.get("Parameters", {}).items()
}
DEFAULTS = {name: one["Default"] for name, one in tree.loaded()["Parameters"].items()}
ACM = "arn:aws:acm:eu-west-1:123456789012:certificate/0a"
ZONE = "Z0ABC"


@each(lambda: PARAMETERS)
def test_a_parameter_is_described_and_bounded_and_has_a_default(name: str) -> None:
    parameter = PARAMETERS[name]
    assert len(parameter.get("Description", "")) > 20
    assert not BOUNDS.isdisjoint(parameter), "any text would be taken"
    assert "Default" in parameter, "`sam deploy` could not go without being asked"


@each(lambda: PARAMETERS)
def test_a_default_is_within_its_own_bounds(name: str) -> None:
    parameter = PARAMETERS[name]
    default = str(parameter["Default"])
    if "AllowedPattern" in parameter:
        assert re.fullmatch(parameter["AllowedPattern"], default)
        # CloudFormation would show the pattern to whoever is to mend a value.
        assert parameter["ConstraintDescription"]
    if "AllowedValues" in parameter:
        assert default in map(str, parameter["AllowedValues"])
    if "MinValue" in parameter:
        assert parameter["MinValue"] <= int(default) <= parameter["MaxValue"]


def holds(condition: Any, given: dict[str, str]) -> bool:
    """What CloudFormation makes of a condition of a rule."""
    ((kind, parts),) = condition.items()
    if kind == "Fn::Equals":
        left, right = (value_of(part, given) for part in parts)
        return left == right
    if kind == "Fn::Contains":
        return str(value_of(parts[1], given)) in str(value_of(parts[0], given)).split(",")
    each_one = [holds(part, given) for part in parts]
    return {"Fn::Not": not each_one[0], "Fn::And": all(each_one), "Fn::Or": any(each_one)}[kind]


def value_of(part: Any, given: dict[str, str]) -> str:
    return str(given[part["Ref"]] if isinstance(part, dict) else part)


def refused(**chosen: str) -> set[str]:
    """The rules of the root template that refuse these choices."""
    given = DEFAULTS | chosen
    return {
        name
        for name, rule in tree.loaded()["Rules"].items()
        if "RuleCondition" not in rule or holds(rule["RuleCondition"], given)
        if not all(holds(one["Assert"], given) for one in rule["Assertions"])
    }


@pytest.mark.parametrize(
    ("rule", "wrong", "right"),
    [
        ("DomainAndCertificate", {"DomainName": "s.example.com"}, {"CertificateArn": ACM}),
        ("DomainAndCertificate", {"CertificateArn": ACM}, {"DomainName": "s.example.com"}),
        (
            "ZoneOfADomain",
            {"HostedZoneId": ZONE},
            {"DomainName": "s.example.com", "CertificateArn": ACM},
        ),
        ("EdgeAndAddress", {"EdgeDigests": "0" * 64}, {"PublicBaseUrl": "https://s.example.com"}),
        ("EgressTogether", {"EgressSubnets": "subnet-1"}, {"EgressGroups": "sg-1"}),
        ("EgressTogether", {"EgressGroups": "sg-1"}, {"EgressSubnets": "subnet-1,subnet-2"}),
    ],
)
def test_what_is_wrong_together_is_refused_before_anything_changes(
    rule: str, wrong: dict[str, str], right: dict[str, str]
) -> None:
    assert refused(**wrong) == {rule}
    assert not refused(**wrong, **right)


def test_the_defaults_and_the_stages_pass_their_rules() -> None:
    for stage in tree.loaded()["Parameters"]["Stage"]["AllowedValues"]:
        assert not refused(Stage=stage)


def test_a_rule_says_what_to_do() -> None:
    for rule in tree.loaded()["Rules"].values():
        for assertion in rule["Assertions"]:
            assert re.search(r"\b[Gg]ive\b|outputs of", assertion["AssertDescription"])


@pytest.mark.parametrize("wrong", ["http://s.example.com", "s_.example.com", "example", "S.a.com"])
def test_a_domain_is_a_name_in_small_letters(wrong: str) -> None:
    pattern = tree.loaded()["Parameters"]["DomainName"]["AllowedPattern"]
    assert re.fullmatch(pattern, "s.example.com")
    assert not re.fullmatch(pattern, wrong)


def test_codes_say_the_domain_where_no_address_is_given() -> None:
    variables = tree.loaded()["Globals"]["Function"]["Environment"]["Variables"]
    expected = {
        "Fn::If": [
            "HasPublicBaseUrl",
            {"Ref": "PublicBaseUrl"},
            {"Fn::If": ["HasDomain", {"Fn::Sub": "https://${DomainName}"}, ""]},
        ]
    }
    assert variables["PUBLIC_BASE_URL"] == expected


def test_a_release_is_watched_by_every_alarm() -> None:
    """One alarm of alarms: CloudFormation watches five at most (decision 37)."""
    (watched,) = tree.resources("AWS::CloudWatch::CompositeAlarm").values()
    named = re.findall(r'ALARM\("\$\{(\w+)\}"\)', watched["AlarmRule"]["Fn::Sub"])
    # A new stack has not been swept yet, which that one takes for the fault it looks for.
    alarms = tree.resources("AWS::CloudWatch::Alarm").keys() - {"SweepsAlarm"}
    assert set(named) == alarms, "add it to UnwellAlarm in template.yaml"
    assert len(named) == len(alarms) <= 100, "CloudWatch takes a hundred"


@pytest.mark.parametrize(
    ("units", "is_taken"),
    [("0", 1), ("4000", 1), ("1000000", 1), ("1", 0), ("3999", 0), ("4e3", 0)],
)
def test_no_table_is_made_ready_for_less_than_it_has(units: str, is_taken: int) -> None:
    """Of DynamoDB's 4,000: less would fail in the middle of a deployment."""
    pattern = tree.loaded()["Parameters"]["WarmWriteUnits"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, units)) == bool(is_taken)
