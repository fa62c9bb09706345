"""Syslog over real sockets: what was sent is handed on in order, and what bites is counted."""

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

import pytest

from seerflow.collectors.contract import Labels
from seerflow.collectors.listening import Tls, address, drops_of
from seerflow.collectors.syslog_tcp import SyslogTcp, TcpOptions
from seerflow.collectors.syslog_udp import SyslogUdp, UdpOptions
from seerflow.errors import OperatorError, OutsideError
from tests.fake_sink import DEADLINE, ListSink, Running, eventually

LINE = b"<38>Mar 12 03:07:14 web-prod-01 sshd[28410]: Failed password for root from 198.51.100.23 port 4 ssh2"


def udp(**options) -> SyslogUdp:
    return SyslogUdp(UdpOptions(port=0, **options))


def tcp(**options) -> SyslogTcp:
    return SyslogTcp(TcpOptions(port=0, **options))


def send(port: int, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for datagram in datagrams:
            sock.sendto(datagram, ("127.0.0.1", port))


async def stream(port: int, *chunks: bytes, end: bool = True) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    for chunk in chunks:
        writer.write(chunk)
        await writer.drain()
    if end:
        writer.write_eof()
    return writer


# --- UDP ---------------------------------------------------------------------------------------------------


def test_datagrams_come_in_order_with_their_labels():
    async def story():
        sink = ListSink()
        labels = Labels(topic="raw.syslog", source="edge", format="openssh", zone="Europe/Rome")
        async with Running(udp(labels=labels), sink) as running:
            send(running.collector.port, *(b"<1>%d" % n for n in range(300)))
            await sink.until_documents(300)
        return sink, running.collector

    sink, collector = asyncio.run(story())
    assert sink.documents == [b"<1>%d" % n for n in range(300)]
    envelope = sink.offers[0][0]
    assert (
        envelope.topic,
        envelope.source,
        envelope.format,
        envelope.zone,
        envelope.peer,
        envelope.collector,
    ) == (
        "raw.syslog",
        "edge",
        "openssh",
        "Europe/Rome",
        "127.0.0.1",
        "syslog_udp",
    )
    assert collector.counts["documents"] == 300
    assert collector.counts["dropped_kernel"] == 0


@pytest.mark.parametrize(
    ("datagram", "found"),
    [
        pytest.param(LINE + b"\n", LINE, id="a line feed behind it"),
        pytest.param(LINE + b"\r\n\x00", LINE, id="all that senders put behind it"),
        pytest.param(b"<1>a\nb", b"<1>a\nb", id="a line feed inside"),
        pytest.param(b"\xff\x00\xfe", b"\xff\x00\xfe", id="binary"),
        pytest.param(b"<1>" + b"x" * 60_000, b"<1>" + b"x" * 60_000, id="60 KB"),
    ],
)
def test_a_datagram_goes_on_as_it_came(datagram, found):
    async def story():
        sink = ListSink()
        async with Running(udp(), sink) as running:
            send(running.collector.port, b"", datagram)
            return await sink.until_documents(1)

    assert asyncio.run(story()) == [found]


def test_a_long_datagram_is_cut_and_says_so():
    async def story():
        sink = ListSink()
        async with Running(udp(max_bytes=480), sink) as running:
            send(running.collector.port, b"x" * 481, b"y" * 480)
            await sink.until_documents(2)
        return sink, running.collector

    sink, collector = asyncio.run(story())
    assert [(documents, envelope.cut) for envelope, documents, _ in sink.offers] == [
        ([b"x" * 480], True),
        ([b"y" * 480], False),
    ]
    assert collector.counts["cut"] == 1


def test_a_peer_may_have_labels_of_its_own():
    async def story():
        sink = ListSink()
        async with Running(
            udp(peers={"127.0.0.1": Labels(topic="raw.syslog", source="fw")}), sink
        ) as running:
            send(running.collector.port, LINE)
            await sink.until_documents(1)
        return sink.offers[0][0].source

    assert asyncio.run(story()) == "fw"


def test_datagrams_without_room_are_counted_and_the_next_are_taken():
    async def story():
        sink = ListSink(full=True)
        async with Running(udp(), sink) as running:
            send(running.collector.port, *[LINE] * 10)
            await eventually(lambda: running.collector.counts["dropped_full"] == 10)
            sink.empty()
            send(running.collector.port, b"<1>after")
            await sink.until_documents(1)
        return sink.documents

    assert asyncio.run(story()) == [b"<1>after"]


def test_what_the_kernel_holds_at_the_end_is_still_handed_over():
    async def story():
        sink = ListSink()
        async with Running(udp(), sink) as running:
            send(running.collector.port, *[LINE] * 1500)
        return sink.documents

    assert asyncio.run(story()) == [LINE] * 1500


def test_a_full_kernel_buffer_is_counted():
    async def story():
        collector = udp(receive_buffer=4096)
        async with Running(collector, ListSink()) as running:
            send(running.collector.port, *[LINE] * 2000)  # the loop does not run meanwhile
        return collector.counts

    counts = asyncio.run(story())
    assert counts["dropped_kernel"] > 0
    assert counts["documents"] + counts["dropped_kernel"] == 2000


def test_a_hundred_thousand_senders_do_not_grow_the_account():
    collector = udp()

    async def story():
        sink = ListSink()
        for n in range(100_000):
            collector._offer(sink, f"2001:db8::{n:x}", [LINE])
            sink.offers.clear()

    asyncio.run(story())
    assert len(collector.peers) == 1024
    assert collector.peers.forgotten == 100_000 - 1024
    assert collector.peers.loudest(1)[0][1].documents == 1


def test_a_taken_port_is_the_operators_to_mend():
    async def story():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            await SyslogUdp(UdpOptions(port=port)).run(ListSink(), asyncio.Event())

    with pytest.raises(OutsideError, match=r"cannot listen at 127\.0\.0\.1:\d+: .*take another port"):
        asyncio.run(story())


# --- TCP ---------------------------------------------------------------------------------------------------


def test_both_framings_over_one_connection():
    async def story():
        sink = ListSink()
        async with Running(tcp(), sink) as running:
            await stream(running.collector.port, b"<1>one\n", b"7 <1>t\nwo", b"<1>three\n")
            await sink.until_documents(3)
        return sink

    sink = asyncio.run(story())
    assert sink.documents == [b"<1>one", b"<1>t\nwo", b"<1>three"]
    assert sink.offers[0][0].peer == "127.0.0.1"


def test_a_connection_that_ends_inside_a_frame_loses_nothing():
    async def story():
        sink = ListSink()
        async with Running(tcp(), sink) as running:
            await stream(running.collector.port, b"<1>one\n<1>tw")
            await sink.until_documents(2)
        return sink.documents, running.collector.counts["partial"]

    assert asyncio.run(story()) == ([b"<1>one", b"<1>tw"], 1)


def test_ten_megabytes_in_one_line_are_cut_and_the_next_line_is_read():
    async def story():
        sink = ListSink()
        async with Running(tcp(max_bytes=1000), sink) as running:
            await stream(running.collector.port, *[b"x" * (1 << 20)] * 10, b"\n<1>next\n")
            await sink.until_documents(2)
        return sink.documents, running.collector.counts

    documents, counts = asyncio.run(story())
    assert documents == [b"x" * 1000, b"<1>next"]
    assert counts["cut"] == 1


def test_without_room_the_sender_waits_and_nothing_is_lost():
    lines = [b"<1>%06d " % n + b"x" * 1000 for n in range(20_000)]

    async def story():
        sink = ListSink(full=True)
        async with Running(tcp(), sink) as running:
            sending = asyncio.ensure_future(stream(running.collector.port, *(line + b"\n" for line in lines)))
            await sink.until(lambda one: one.refused > 0)
            done, _ = await asyncio.wait({sending}, timeout=0.3)
            assert not done, "20 MB fit into no socket buffer: the sender has to wait"
            sink.empty()
            await sink.until_documents(len(lines))
            await sending
        return sink.documents

    assert asyncio.run(story()) == lines


def test_connections_beyond_the_bound_are_closed_and_counted():
    async def story():
        sink = ListSink()
        async with Running(tcp(max_connections=2), sink) as running:
            port = running.collector.port
            kept = [await stream(port, b"<1>a\n", end=False) for _ in range(2)]
            await sink.until_documents(2)
            reader, _ = await asyncio.open_connection("127.0.0.1", port)
            assert await asyncio.wait_for(reader.read(), DEADLINE) == b""
            kept[0].close()
            await eventually(lambda: len(running.collector._serving) == 1)
            await stream(port, b"<1>b\n")
            await sink.until_documents(3)
        return running.collector.counts["refused_connections"]

    assert asyncio.run(story()) == 1


def test_a_silent_connection_is_closed_and_what_it_began_is_kept():
    async def story():
        sink = ListSink()
        async with Running(tcp(idle_seconds=0.05), sink) as running:
            _, writer = await asyncio.open_connection("127.0.0.1", running.collector.port)
            writer.write(b"<1>begun")
            await sink.until_documents(1)
            await eventually(lambda: not running.collector._serving)
        return sink.documents, running.collector.counts["idle_connections"]

    assert asyncio.run(story()) == ([b"<1>begun"], 1)


def test_stopping_hands_over_what_was_read():
    async def story():
        sink = ListSink(full=True)
        async with Running(tcp(), sink) as running:
            await stream(running.collector.port, b"<1>one\n<1>two\n<1>half", end=False)
            await sink.until(lambda one: one.refused > 0)
            running.stopping.set()
            await eventually(lambda: running.collector._closing)
            sink.empty()
        return sink.documents

    assert asyncio.run(story()) == [b"<1>one", b"<1>two", b"<1>half"]


def test_stopping_reads_what_the_kernel_took_from_senders_that_are_gone():
    lines = [b"<1>%05d " % n + b"x" * 100 for n in range(10_000)]

    async def story():
        sink = ListSink(full=True)
        async with Running(tcp(), sink) as running:
            writer = await stream(running.collector.port, *(line + b"\n" for line in lines))
            writer.close()
            await sink.until(lambda one: one.refused > 0)
            running.stopping.set()
            await eventually(lambda: running.collector._closing)
            sink.empty()
        return sink.documents

    assert asyncio.run(story()) == lines


def test_a_sender_that_never_stops_does_not_keep_the_collector(monkeypatch):
    monkeypatch.setattr("seerflow.collectors.syslog_tcp._LAST_SECONDS", 0.2)

    async def story():
        sink = ListSink()

        async def chatter(port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            while True:
                writer.write(LINE + b"\n")
                await writer.drain()
                await asyncio.sleep(0.001)

        async with Running(tcp(), sink) as running:
            talking = asyncio.ensure_future(chatter(running.collector.port))
            await sink.until_documents(10)
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        return sink.documents

    assert set(asyncio.run(story())) == {LINE}


def test_a_failed_delivery_ends_the_collector():
    async def story():
        sink = ListSink()
        sink.fail("Kafka refused a record")
        collector, stopping = tcp(), asyncio.Event()
        task = asyncio.ensure_future(collector.run(sink, stopping))
        await asyncio.wait_for(collector.ready.wait(), DEADLINE)
        await stream(collector.port, b"<1>one\n")
        await asyncio.wait_for(task, DEADLINE)

    with pytest.raises(OutsideError, match="Kafka refused a record"):
        asyncio.run(story())


# --- TLS ---------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate():
    """A certificate for 127.0.0.1 that nobody but these tests trusts, so that they need no openssl command."""
    folder = Path(__file__).resolve().parents[2] / "tls"
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_counted_frames_over_tls(certificate):
    cert, key = certificate

    async def story():
        sink = ListSink()
        async with Running(tcp(tls=Tls(cert=cert, key=key)), sink) as running:
            context = ssl.create_default_context(cafile=cert)
            _, writer = await asyncio.open_connection("127.0.0.1", running.collector.port, ssl=context)
            writer.write(b"6 <1>one6 <1>two")
            await sink.until_documents(2)
            writer.close()
        return sink.documents

    assert asyncio.run(story()) == [b"<1>one", b"<1>two"]


def test_who_speaks_plainly_to_a_tls_listener_is_not_heard(certificate):
    cert, key = certificate

    async def story():
        sink = ListSink()
        async with Running(tcp(tls=Tls(cert=cert, key=key)), sink) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.collector.port)
            writer.write(b"<1>plain\n")
            with contextlib.suppress(ConnectionError):  # closed or reset: either way nobody listened
                await asyncio.wait_for(reader.read(), DEADLINE)
        return sink.documents

    assert asyncio.run(story()) == []


def test_a_client_without_a_certificate_is_refused_where_one_is_asked_for(certificate):
    cert, key = certificate

    async def story():
        sink = ListSink()
        async with Running(tcp(tls=Tls(cert=cert, key=key, client_ca=cert)), sink) as running:
            plain = ssl.create_default_context(cafile=cert)
            own = ssl.create_default_context(cafile=cert)
            own.load_cert_chain(cert, key)
            for context, text in ((plain, b"<1>nobody\n"), (own, b"<1>known\n")):
                _, writer = await asyncio.open_connection("127.0.0.1", running.collector.port, ssl=context)
                writer.write(text)
            await sink.until_documents(1)
        return sink.documents

    assert asyncio.run(story()) == [b"<1>known"]


def test_a_missing_certificate_is_named(tmp_path):
    with pytest.raises(OperatorError, match=r"TLS: cannot use .*none\.pem"):
        Tls(cert=str(tmp_path / "none.pem"), key=str(tmp_path / "none.key")).context()


# --- small things ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "found"),
    [
        pytest.param(("192.0.2.1", 5), "192.0.2.1", id="IPv4"),
        pytest.param(("::ffff:192.0.2.1", 5, 0, 0), "192.0.2.1", id="IPv4 on a socket for both"),
        pytest.param(("2001:db8::1", 5, 0, 0), "2001:db8::1", id="IPv6"),
        pytest.param(None, "", id="a peer that is gone already"),
    ],
)
def test_address(peer, found):
    assert address(peer) == found


def test_drops_are_read_by_inode():
    table = (
        "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"
        " 1209: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 17\n"
        " 1210: 0100007F:158B 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 18\n"
    )
    assert drops_of(table, 4711) == 17
    assert drops_of(table, 9) == 0
