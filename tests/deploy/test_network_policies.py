"""The network policies, read as Kubernetes reads them: who may talk to whom, and who to nobody."""

from typing import Any

import pytest

from tests.deploy.manifests import objects, pods

POLICIES = {
    each["metadata"]["name"]: each["spec"]
    for each in objects("base", "example")
    if each["kind"] == "NetworkPolicy"
}
COMPONENTS = {pod.component for pod in pods()} | {"run"}


def test_nothing_is_allowed_that_is_not_said():
    assert POLICIES["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize(
    ("caller", "called", "port"),
    [
        ("prefect-server", "redis", "redis"),
        ("prefect-services", "redis", "redis"),
        ("facade", "prefect-server", "http"),
        ("worker", "prefect-server", "http"),
        ("run", "prefect-server", "http"),
        ("deployments", "prefect-server", "http"),
    ],
)
def test_who_needs_another_may_call_it(caller, called, port):
    assert may_send(caller, called)
    assert may_receive(called, caller, port)


def test_nobody_else_inside_may():
    pairs = {(caller, called) for caller in COMPONENTS for called in COMPONENTS}
    assert {pair for pair in pairs if may_send(*pair)} == {
        *((each, "redis") for each in ("prefect-server", "prefect-services")),
        *((each, "prefect-server") for each in ("facade", "worker", "run", "deployments")),
    }


@pytest.mark.parametrize(
    ("policy", "callers"),
    [
        ("to-the-database", {"facade", "run", "migration", "prefect-server", "prefect-services"}),
        ("worker-to-kubernetes", {"worker"}),
        ("to-the-source", {"facade", "run"}),
        ("to-clearfacts", {"facade", "run", "prefect-services"}),
    ],
)
def test_who_may_leave_the_cluster(policy, callers):
    spec = POLICIES[policy]
    assert {each for each in COMPONENTS if matches(spec["podSelector"], each)} == callers
    assert all(port["port"] for rule in spec["egress"] for port in rule["ports"])


def test_the_internet_is_reached_by_https_alone_and_is_not_the_cluster():
    ((rule, block),) = [
        (rule, peer["ipBlock"])
        for spec in POLICIES.values()
        for rule in spec.get("egress", ())
        for peer in rule["to"]
        if peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
    ]
    assert rule["ports"] == [{"protocol": "TCP", "port": 443}]
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(block["except"])


def may_send(caller: str, called: str) -> bool:
    """Whether one component of ours may open a connection to another."""
    return any(
        matches(spec["podSelector"], caller) and any(reaches(each, called) for each in rule["to"])
        for spec in POLICIES.values()
        for rule in spec.get("egress", ())
    )


def may_receive(called: str, caller: str, port: str) -> bool:
    """Whether a component of ours lets another in at a port."""
    return any(
        matches(spec["podSelector"], called)
        and any(reaches(each, caller) for each in rule["from"])
        and {"protocol": "TCP", "port": port} in rule["ports"]
        for spec in POLICIES.values()
        for rule in spec.get("ingress", ())
    )


def reaches(peer: dict[str, Any], component: str) -> bool:
    return (
        "namespaceSelector" not in peer and "podSelector" in peer and matches(peer["podSelector"], component)
    )


def matches(selector: dict[str, Any], component: str) -> bool:
    """Whether a selector of ours picks pods of that component; an empty one picks all."""
    exact = selector.get("matchLabels", {}).get("app.kubernetes.io/component", component)
    among = [each["values"] for each in selector.get("matchExpressions", ())]
    return exact == component and all(component in values for values in among)
