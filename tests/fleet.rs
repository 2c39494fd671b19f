//! The roles as a fleet, on a real RabbitMQ and a real PostgreSQL.

mod queue_contract;

use queue::Queue;

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `tests/run`, which starts the services"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_contract_holds_on_a_real_broker() {
    let queue = Queue::connect(&setting("GATEHOUSE_TEST_AMQP")).await.unwrap();
    let first = queue.declare().await.unwrap();
    assert_eq!(first.differences, []);
    assert_eq!(queue.declare().await.unwrap(), first, "declaring twice changes nothing");
    queue_contract::holds(&queue).await;
    assert!(queue.state().ready);
    queue.close().await;
}
