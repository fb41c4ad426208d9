rabbitmqadmin --vhost='/' declare exchange name='nameko-rpc' type=topic durable=true
rabbitmqctl set_permissions --vhost '/' 'catalogue' '^(rpc-catalogue|rpc[.]cancel-catalogue-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$' '^(nameko-rpc|rpc-catalogue|rpc[.]cancel-catalogue-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$' '^(nameko-rpc|rpc-catalogue|rpc[.]cancel-catalogue-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$'
rabbitmqctl set_topic_permissions --vhost '/' 'catalogue' 'nameko-rpc' '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|kinoko-reply-[^.]*)$' '^(catalogue[.][*]|kinoko-cancel[.]catalogue)$'
rabbitmqadmin --vhost='/' declare exchange name='orders.events' type=topic durable=true
rabbitmqadmin --vhost='/' declare exchange name='payments.events' type=topic durable=true
rabbitmqctl set_permissions --vhost '/' 'mailer' '^(evt-orders-cancelled--mailer[.]on_cancelled|evt-payments-paid--mailer[.]on_paid)$' '^(evt-orders-cancelled--mailer[.]on_cancelled|evt-payments-paid--mailer[.]on_paid)$' '^(evt-orders-cancelled--mailer[.]on_cancelled|evt-payments-paid--mailer[.]on_paid|orders[.]events|payments[.]events)$'
rabbitmqctl set_topic_permissions --vhost '/' 'mailer' 'orders.events' '^$' '^(cancelled)$'
rabbitmqctl set_topic_permissions --vhost '/' 'mailer' 'payments.events' '^$' '^(paid)$'
rabbitmqadmin --vhost='/' declare exchange name='nameko-rpc' type=topic durable=true
rabbitmqadmin --vhost='/' declare exchange name='payments.events' type=topic durable=true
rabbitmqadmin --vhost='/' declare exchange name='stock.events' type=topic durable=true
rabbitmqctl set_permissions --vhost '/' 'orders' '^(evt-payments-failed--orders[.]on_failed|evt-payments-paid--orders[.]on_paid|evt-stock-refused--orders[.]on_refused|kinoko-reply-orders-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|orders[.]events|rpc-orders|rpc[.]cancel-orders-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$' '^(evt-payments-failed--orders[.]on_failed|evt-payments-paid--orders[.]on_paid|evt-stock-refused--orders[.]on_refused|kinoko-reply-orders-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|nameko-rpc|orders[.]events|rpc-orders|rpc[.]cancel-orders-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$' '^(evt-payments-failed--orders[.]on_failed|evt-payments-paid--orders[.]on_paid|evt-stock-refused--orders[.]on_refused|kinoko-reply-orders-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|nameko-rpc|payments[.]events|rpc-orders|rpc[.]cancel-orders-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|stock[.]events)$'
rabbitmqctl set_topic_permissions --vhost '/' 'orders' 'nameko-rpc' '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|catalogue[.]get|catalogue[.]list|kinoko-cancel[.]catalogue|kinoko-reply-[^.]*)$' '^(kinoko-cancel[.]orders|kinoko-reply-orders-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|orders[.][*])$'
rabbitmqctl set_topic_permissions --vhost '/' 'orders' 'orders.events' '^(cancelled|placed)$' '^$'
rabbitmqctl set_topic_permissions --vhost '/' 'orders' 'payments.events' '^$' '^(failed|paid)$'
rabbitmqctl set_topic_permissions --vhost '/' 'orders' 'stock.events' '^$' '^(refused)$'
rabbitmqadmin --vhost='/' declare exchange name='stock.events' type=topic durable=true
rabbitmqctl set_permissions --vhost '/' 'payments' '^(evt-stock-reserved--payments[.]on_reserved|payments[.]events)$' '^(evt-stock-reserved--payments[.]on_reserved|payments[.]events)$' '^(evt-stock-reserved--payments[.]on_reserved|stock[.]events)$'
rabbitmqctl set_topic_permissions --vhost '/' 'payments' 'payments.events' '^(failed|paid)$' '^$'
rabbitmqctl set_topic_permissions --vhost '/' 'payments' 'stock.events' '^$' '^(reserved)$'
rabbitmqadmin --vhost='/' declare exchange name='nameko-rpc' type=topic durable=true
rabbitmqadmin --vhost='/' declare exchange name='orders.events' type=topic durable=true
rabbitmqctl set_permissions --vhost '/' 'stock' '^(evt-orders-cancelled--stock[.]on_cancelled|evt-orders-placed--stock[.]on_placed|rpc-stock|rpc[.]cancel-stock-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|stock[.]events)$' '^(evt-orders-cancelled--stock[.]on_cancelled|evt-orders-placed--stock[.]on_placed|nameko-rpc|rpc-stock|rpc[.]cancel-stock-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|stock[.]events)$' '^(evt-orders-cancelled--stock[.]on_cancelled|evt-orders-placed--stock[.]on_placed|nameko-rpc|orders[.]events|rpc-stock|rpc[.]cancel-stock-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$'
rabbitmqctl set_topic_permissions --vhost '/' 'stock' 'nameko-rpc' '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|kinoko-reply-[^.]*)$' '^(kinoko-cancel[.]stock|stock[.][*])$'
rabbitmqctl set_topic_permissions --vhost '/' 'stock' 'orders.events' '^$' '^(cancelled|placed)$'
rabbitmqctl set_topic_permissions --vhost '/' 'stock' 'stock.events' '^(refused|reserved)$' '^$'
