"""Bring the template onto the embedded AWS: the ordinary `sam build` and `sam deploy`.

A stack carries the fingerprint of its sources as a tag, so a second run of unchanged sources only
reads it. Tests may take the quick way: the same build and transform, without the SAM command line.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local import ministack
from infra.local.build import TEMPLATE, build, fingerprint, sam
from infra.local.instance import REGION, ROOT, Instance, exclusively
from infra.local.preflight import Unready
from infra.local.quick import deploy_quickly

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

SOURCES_TAG = "sluice-sources"
API = "Api"
DEPLOY_SECONDS = 600
COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def session(instance: Instance) -> dict[str, Any]:
    """Arguments of `boto3.client` that reach this instance whatever the environment says."""
    return {
        "endpoint_url": instance.endpoint,
        "region_name": REGION,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "config": Config(connect_timeout=5, read_timeout=120, retries={"total_max_attempts": 2}),
    }


def stack_name() -> str:
    """The name samconfig.toml gives the local stack."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    name: str = settings["local"]["deploy"]["parameters"]["stack_name"]
    return name


def _parameters(instance: Instance) -> dict[str, str]:
    return {
        "Stage": "local",
        "PublicBaseUrl": instance.url,
        # What the demo leaves open can be tried the next morning too.
        "StaffTokenMinutes": "1440",
        "JoinsPerNetwork": "1000",  # everybody is 127.0.0.1
        "WecomBaseUrl": instance.wecom_url,
        "WechatBaseUrl": instance.wechat_url,
        "PrivateTargets": "127.0.0.0/8",
    }


def _stack(cloudformation: CloudFormationClient) -> StackTypeDef | None:
    try:
        return cloudformation.describe_stacks(StackName=stack_name())["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def outputs(instance: Instance | None = None) -> dict[str, str]:
    """The outputs of the deployed stack by their keys.

    Raises:
        Unready: nothing is deployed there.
    """
    stack = _stack(boto3.client("cloudformation", **session(instance or Instance())))
    if stack is None:
        raise Unready("Nothing is deployed: run `make demo`")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def resources(instance: Instance | None = None) -> dict[str, str]:
    """The physical names of the stack's resources by their logical ids."""
    cloudformation = boto3.client("cloudformation", **session(instance or Instance()))
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_name())
    return {
        entry["LogicalResourceId"]: entry.get("PhysicalResourceId", "")
        for page in pages
        for entry in page["StackResourceSummaries"]
    }


def deploy(instance: Instance | None = None, *, quick: bool = False) -> dict[str, str]:
    """Start the instance if need be and make its stack what the sources say.

    The API then answers on `instance.url`. `quick` leaves out the SAM command line's deployment.

    Returns:
        The stack's outputs by their keys.

    Raises:
        Unready: something is missing, or the build or the deployment failed.
    """
    instance = instance or Instance()
    if not TEMPLATE.exists():
        raise Unready("template.yaml is missing: run this in a checkout of Sluice")
    ministack.start(instance)
    with exclusively(instance.home / "deploy.lock"):
        if not _is_current(instance):
            sources = build()
            if quick:
                tags = {SOURCES_TAG: sources}
                deploy_quickly(session(instance), stack_name(), _parameters(instance), tags)
            else:
                _sam_deploy(instance, sources)
            _serve_at_url(instance)
    return outputs(instance)


def deploy_built(instance: Instance, built: Path) -> dict[str, str]:
    """Put what another version's build made onto a running instance; return the stack's outputs.

    Raises:
        Unready: the deployment failed.
    """
    tags = {SOURCES_TAG: "another version"}
    deploy_quickly(session(instance), stack_name(), _parameters(instance), tags, built)
    _serve_at_url(instance)
    return outputs(instance)


def _is_current(instance: Instance) -> bool:
    """Whether the stack is what the sources say; one that can only be removed, is."""
    cloudformation = boto3.client("cloudformation", **session(instance))
    stack = _stack(cloudformation)
    if stack is None:
        return False
    status = stack["StackStatus"]
    if status not in {*COMPLETE, "UPDATE_ROLLBACK_COMPLETE"}:
        _remove(cloudformation)
    tag = {"Key": SOURCES_TAG, "Value": fingerprint()}
    return status in COMPLETE and tag in stack.get("Tags", [])


def _remove(cloudformation: CloudFormationClient) -> None:
    """A stack whose creation failed can be neither updated nor created anew."""
    cloudformation.delete_stack(StackName=stack_name())
    waiter = cloudformation.get_waiter("stack_delete_complete")
    waiter.wait(StackName=stack_name(), WaiterConfig={"Delay": 1, "MaxAttempts": 600})


def _sam_deploy(instance: Instance, sources: str) -> None:
    overrides = [f"{name}={value}" for name, value in _parameters(instance).items()]
    sam(
        "deploy",
        *("--config-env", "local", "--no-progressbar"),
        *("--tags", f"{SOURCES_TAG}={sources}"),
        *("--parameter-overrides", *overrides),
        environment=instance.client_environment(),
        limit_seconds=DEPLOY_SECONDS,
    )


def _serve_at_url(instance: Instance) -> None:
    """Point the custom domain at the API's present id, which a changed route replaces."""
    api_id = resources(instance)[API]
    gateway = boto3.client("apigateway", **session(instance))
    domain = instance.url.removeprefix("http://").split(":")[0]
    stage = gateway.get_stages(restApiId=api_id)["item"][0]["stageName"]
    if all(known["domainName"] != domain for known in gateway.get_domain_names()["items"]):
        gateway.create_domain_name(
            domainName=domain,
            regionalCertificateArn=f"arn:aws:acm:{REGION}:000000000000:certificate/local",
            endpointConfiguration={"types": ["REGIONAL"]},
        )
    for mapping in gateway.get_base_path_mappings(domainName=domain).get("items", []):
        gateway.delete_base_path_mapping(domainName=domain, basePath=mapping["basePath"])
    gateway.create_base_path_mapping(domainName=domain, restApiId=api_id, stage=stage)


def main() -> None:
    """The command line: deploy, print the API's address and the outputs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without `sam deploy`")
    answer = deploy(Instance(), quick=parser.parse_args().quick)
    print(json.dumps({"url": Instance().url, **answer}, indent=2))


if __name__ == "__main__":
    main()
